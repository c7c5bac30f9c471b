package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.kafka.KafkaUse;
import org.jspecify.annotations.Nullable;

/// What somebody wrote about a destination, checked. One record per kind.
///
/// A kind that sends packets over connections of its own implements [Peers] and starts a [Forwarder] over them,
/// which does everything else: reading the log, filters, formats, order, memory, choice of the target, retries,
/// time limits, the cursor.
///
/// Immutable.
public interface DestinationConfig {
    /// Id of the kind.
    String type();

    /// What every destination has.
    DestinationSettings settings();

    /// What it uses of a Kafka cluster; null when it does not.
    ///
    /// @param name name of the resource
    default @Nullable KafkaUse kafka(String name) {
        return null;
    }

    /// Starts to send what the log holds behind the cursor, and what comes.
    RunningDestination start(DestinationContext context);
}
