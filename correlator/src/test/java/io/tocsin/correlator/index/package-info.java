@NullMarked
package io.tocsin.correlator.index;

import org.jspecify.annotations.NullMarked;
