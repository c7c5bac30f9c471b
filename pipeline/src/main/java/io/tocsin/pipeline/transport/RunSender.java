package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import java.util.List;

/// Makes one attempt to deliver a run: to one receiver, or to one of several.
///
/// Thread-safety: one thread sends; any thread closes.
public interface RunSender extends AutoCloseable {
    /// Sends a run and waits for the answer.
    ///
    /// @param bodies encoded batches, one behind the other
    /// @param bytes length of all of them
    DeliveryOutcome send(DeliveryRun run, List<byte[]> bodies, long bytes) throws InterruptedException;

    @Override
    void close();
}
