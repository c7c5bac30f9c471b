/// Brings events out of the log of a process to their receivers: one cursor, one memory budget and threads of its
/// own for each destination, so that none of them slows another.
@NullMarked
package io.tocsin.pipeline.destination;

import org.jspecify.annotations.NullMarked;
