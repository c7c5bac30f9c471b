@NullMarked
package io.tocsin.correlator.run;

import org.jspecify.annotations.NullMarked;
