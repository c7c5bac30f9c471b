@NullMarked
package io.tocsin.pipeline.connector.http;

import org.jspecify.annotations.NullMarked;
