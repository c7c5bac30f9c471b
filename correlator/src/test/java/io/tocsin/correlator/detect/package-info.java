@NullMarked
package io.tocsin.correlator.detect;

import org.jspecify.annotations.NullMarked;
