package io.tocsin.pipeline.transport;

import java.time.Duration;

/// What became of an attempt to deliver a run.
public sealed interface DeliveryOutcome {
    /// Durable at the receiver.
    record Stored() implements DeliveryOutcome {}

    /// The receiver goes on at another sequence.
    record Elsewhere(long expected) implements DeliveryOutcome {}

    /// Never going to be accepted as it is.
    record Refused(String reason) implements DeliveryOutcome {}

    /// Nothing is known to be stored; try again.
    ///
    /// @param pause what the receiver asked for, zero when it did not
    record Later(String reason, Duration pause) implements DeliveryOutcome {}
}
