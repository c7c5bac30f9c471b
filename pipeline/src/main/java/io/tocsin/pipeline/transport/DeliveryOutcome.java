package io.tocsin.pipeline.transport;

import java.time.Duration;

/// What became of an attempt to deliver a run.
public sealed interface DeliveryOutcome {
    /// Durable at the receiver.
    record Stored() implements DeliveryOutcome {}

    /// The receiver goes on at another sequence.
    record Elsewhere(long expected) implements DeliveryOutcome {}

    /// The receiver knows these sequences already, and not by this run: from `first` to `expected` it has a run of
    /// this checksum. Either the sender goes on there, or these are other events.
    record Known(long expected, long first, int checksum) implements DeliveryOutcome {}

    /// Never going to be accepted as it is.
    record Refused(String reason) implements DeliveryOutcome {}

    /// Nothing is known to be stored; try again.
    ///
    /// @param pause what the receiver asked for, zero when it did not
    record Later(String reason, Duration pause) implements DeliveryOutcome {}

    /// Nobody is there: no connection came about, or it ended without an answer, as that to a proxy does whose server
    /// is away. To ask again soon costs nobody much.
    record Away(String reason) implements DeliveryOutcome {}
}
