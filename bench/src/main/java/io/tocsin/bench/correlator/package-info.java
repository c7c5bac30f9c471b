/// Speed of the correlator: whole rule corpora over recorded events, by processor time of one thread.
@NullMarked
package io.tocsin.bench.correlator;

import org.jspecify.annotations.NullMarked;
