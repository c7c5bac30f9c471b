package io.tocsin.pipeline.destination;

import java.time.Duration;

/// A destination that is being sent to.
///
/// Thread-safety: any thread.
public interface RunningDestination extends AutoCloseable {
    /// What was done and is being done.
    DestinationFigures figures();

    /// Waits until everything that the log holds at this moment was delivered.
    ///
    /// @return false when the time passed first
    boolean drain(Duration limit) throws InterruptedException;

    /// Stops; what was not delivered waits in the log for the next start.
    @Override
    void close();
}
