/// Keyed windows in event time: which occurrences of which key fill which bucket, and when a rule triggers.
/// Knows nothing about events, rules' texts, threads or clocks; time is a number handed in.
@NullMarked
package io.tocsin.correlator.window;

import org.jspecify.annotations.NullMarked;
