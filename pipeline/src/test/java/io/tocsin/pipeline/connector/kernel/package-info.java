@NullMarked
package io.tocsin.pipeline.connector.kernel;

import org.jspecify.annotations.NullMarked;
