@NullMarked
package io.tocsin.pipeline.connector.proxy;

import org.jspecify.annotations.NullMarked;
