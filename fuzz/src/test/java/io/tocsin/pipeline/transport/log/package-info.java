@NullMarked
package io.tocsin.pipeline.transport.log;

import org.jspecify.annotations.NullMarked;
