/// Runs the engine between two durable logs, so that each finding is written once whatever happens to the
/// process.
@NullMarked
package io.tocsin.correlator.run;

import org.jspecify.annotations.NullMarked;
