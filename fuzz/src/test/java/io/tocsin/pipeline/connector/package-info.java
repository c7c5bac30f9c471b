@NullMarked
package io.tocsin.pipeline.connector;

import org.jspecify.annotations.NullMarked;
