package io.tocsin.pipeline.destination;

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

    /// Starts to send what the log holds behind the cursor, and what comes.
    RunningDestination start(DestinationContext context);
}
