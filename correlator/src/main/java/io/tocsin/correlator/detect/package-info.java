/// Rules over events that are all there: the `detect` command, and the tests that stand beside rules.
@NullMarked
package io.tocsin.correlator.detect;

import org.jspecify.annotations.NullMarked;
