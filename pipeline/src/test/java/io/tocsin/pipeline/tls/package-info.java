@NullMarked
package io.tocsin.pipeline.tls;

import org.jspecify.annotations.NullMarked;
