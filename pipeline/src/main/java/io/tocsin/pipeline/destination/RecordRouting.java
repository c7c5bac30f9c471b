package io.tocsin.pipeline.destination;

import io.tocsin.event.BatchHeader;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.ReceivedRun;
import java.util.function.Predicate;

/// Says which batches of a log are meant for a destination, before its own filter.
///
/// @param services true for names of collectors that name the destination
/// @param received true: batches that other processes delivered into the log are meant for it as
///     well
public record RecordRouting(Predicate<String> services, boolean received) {
    /// A receiver of what collectors of this process wrote.
    public static RecordRouting of(Predicate<String> services) {
        return new RecordRouting(services, false);
    }

    /// Where the batches begin in a record of the log; -1 when the record is not meant for the
    /// destination.
    int batchesAt(byte[] payload) {
        if (ReceivedRun.isRun(payload)) {
            // The process that collected these delivers them itself, unless this one passes on what it gets.
            return received ? ReceivedRun.HEADER_BYTES : -1;
        }
        return 0;
    }

    /// True when the events of a batch that begins behind [#batchesAt] are meant for the
    /// destination.
    boolean takes(BatchHeader header) {
        String service = Routes.deliverable(header.route());
        return service != null && services.test(service);
    }
}
