@NullMarked
package io.tocsin.correlator.window;

import org.jspecify.annotations.NullMarked;
