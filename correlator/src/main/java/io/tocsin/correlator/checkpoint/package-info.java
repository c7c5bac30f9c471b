/// The state of the correlator on disk: a compact writer and reader of values, and the file that holds state,
/// input position and output sequence together.
@NullMarked
package io.tocsin.correlator.checkpoint;

import org.jspecify.annotations.NullMarked;
