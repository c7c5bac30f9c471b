package io.tocsin.pipeline.transport.log;

/// Says when appended records are forced to the disk, and so what an acknowledgement is worth.
///
/// In every mode a record survives the death of the process as soon as `append` returned.
public enum SyncMode {
    /// Never forced while running: survives the process, not the machine. `awaitSynced` returns at once and
    /// consumers see records as soon as they are written.
    NONE,

    /// Forced at a fixed interval. Consumers see a record after it was forced.
    INTERVAL,

    /// Forced as soon as somebody waits for it, all waiting appenders together, and at the interval otherwise.
    /// Consumers see a record after it was forced.
    GROUP
}
