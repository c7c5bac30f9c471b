package io.tocsin.pipeline.topology;

import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.List;
import java.util.function.Consumer;

/// Where sealed batches go. What one caller hands over stays in order.
interface BatchTarget {
    /// Takes a sealed batch. May block for as long as the log has no room.
    ///
    /// @param durable called as soon as the batch is synced to disk
    /// @return an empty batch to fill next
    EventBatch take(EventBatch batch, List<Consumer<LogPosition>> durable);

    /// Calls as soon as everything taken so far is synced to disk.
    void whenDurable(Consumer<LogPosition> durable);

    /// Events taken and not yet appended.
    int openEvents();

    /// Returns when everything taken is appended, or given up.
    void flush();
}
