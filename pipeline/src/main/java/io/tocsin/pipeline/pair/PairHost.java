package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;

/// The collector behind a member of a pair, as far as the other one can move it.
public interface PairHost {
    /// Appends what the other one received to the own log, as often as it takes.
    ///
    /// @param received the place behind it in the other one's log
    /// @throws IOException when it is no batch, or the log does not take it
    void append(LogPosition received, byte[] batch) throws IOException;

    /// Waits until everything that was appended is on disk.
    ///
    /// @throws IOException when it is not in time
    void sync() throws IOException, InterruptedException;
}
