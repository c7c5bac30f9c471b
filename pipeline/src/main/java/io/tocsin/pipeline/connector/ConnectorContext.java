package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.nio.file.Path;
import java.util.function.Supplier;

/// What a connector gets from the collector that it works for.
///
/// @param service name of the collector
/// @param tenant tenant that owns the events, may be empty
/// @param positions folder for what has to outlive the process, such as positions in files
/// @param sinks gives a sink; a connector asks once per stream whose order has to be kept
/// @param counters where to count
/// @param logged tells what of a file is in the durable log already
/// @param binary events are bytes, not text: nothing may be trimmed from their ends, and they have no lines
public record ConnectorContext(
        String service,
        String tenant,
        Path positions,
        Supplier<EventSink> sinks,
        StageCounters counters,
        LoggedEvents logged,
        boolean binary) {

    /// The origin of events that are read from a file.
    EntryOrigin fileOrigin(String connector, String path) {
        return new EntryOrigin(tenant, service, connector, "", -1, "", -1, path);
    }

    /// The origin of events without a peer.
    EntryOrigin localOrigin(String connector, String localAddress, int localPort) {
        return new EntryOrigin(tenant, service, connector, "", -1, localAddress, localPort, "");
    }
}
