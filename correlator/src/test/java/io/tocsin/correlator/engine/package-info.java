@NullMarked
package io.tocsin.correlator.engine;

import org.jspecify.annotations.NullMarked;
