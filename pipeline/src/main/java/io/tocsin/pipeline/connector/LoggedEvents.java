package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.Map;

/// Tells what the durable log holds already, so that a connector that can read its source again does not hand on an
/// event twice.
public interface LoggedEvents {
    /// The place behind everything that is in the log now.
    LogPosition end();

    /// Everything before this place has been delivered to all who read the log.
    LogPosition delivered();

    /// Counts, per source (see `EntryOrigin.source`), the events of this collector that were received according to
    /// the batches from a place of the log on.
    Map<String, Long> bySourceSince(LogPosition from);
}
