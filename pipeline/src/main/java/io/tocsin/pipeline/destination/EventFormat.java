package io.tocsin.pipeline.destination;

/// How events are written for a receiver.
public enum EventFormat {
    /// Each event as a JSON object with the names of the schema, as `tocsin search` prints it.
    JSON,
    /// Each event as a line of the Common Event Format.
    CEF,
    /// The text of each event as it came, nothing of what was made of it.
    RAW,
    /// Whole batches in the format of Tocsin (`docs/specs/batch-format.md`): nothing is lost of an event, its entry
    /// metadata included.
    BATCH
}
