/// Runs rules over batches of events and writes correlation events. Knows no threads, clocks, queues or
/// files: whatever calls it in order gets the same answer.
@NullMarked
package io.tocsin.correlator.engine;

import org.jspecify.annotations.NullMarked;
