@NullMarked
package io.tocsin.correlator.load;

import org.jspecify.annotations.NullMarked;
