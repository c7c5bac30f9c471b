package io.tocsin.correlator.run;

import io.tocsin.event.EventBatch;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The log of events as the correlator reads it. Records come in the order of the log, each with the position
/// after it.
public interface CorrelatorInput {
    /// Goes to where reading starts.
    ///
    /// @param position what [#next] returned for the last record that is not needed again; null for the
    /// oldest record
    void seek(byte @Nullable [] position) throws IOException;

    /// Reads the next record.
    ///
    /// @param into is empty and takes the events of the record; it stays empty for a record without events
    /// @param wait how long to wait for a record
    /// @return the position after the record, or null when none came in time
    byte @Nullable [] next(EventBatch into, Duration wait) throws IOException, InterruptedException;

    /// Says that records up to a position are not needed again, not even after a crash.
    void release(byte[] position) throws IOException;
}
