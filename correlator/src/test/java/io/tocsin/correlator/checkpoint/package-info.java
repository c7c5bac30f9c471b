@NullMarked
package io.tocsin.correlator.checkpoint;

import org.jspecify.annotations.NullMarked;
