package io.tocsin.correlator.run;

import io.tocsin.event.EventBatch;
import java.io.IOException;

/// The log of correlation events as the correlator writes it. A batch is appended whole or not at all.
public interface CorrelatorOutput {
    /// Number of events ever appended: the sequence of the next one.
    long nextSequence() throws IOException;

    /// Appends the events of a batch. They need not be durable before [#sync].
    void append(EventBatch events) throws IOException, InterruptedException;

    /// Returns when everything is durable that was appended before the call. Called by another thread
    /// than the one that appends, which goes on meanwhile.
    void sync() throws IOException, InterruptedException;

    /// Reads identifiers of appended events again, as far back as they are still there.
    ///
    /// @param fromSequence the first that is wanted
    void readIds(long fromSequence, IdConsumer consumer) throws IOException;

    /// Takes identifiers of events.
    @FunctionalInterface
    interface IdConsumer {
        void accept(long idHigh, long idLow);
    }
}
