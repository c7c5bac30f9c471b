package io.tocsin.pipeline.assemble;

/// Tells to which group a line belongs. Never throws on any text.
///
/// Thread-safety: one thread.
interface PartReader {
    /// @param into cleared before
    /// @return false when the line belongs to no group
    boolean read(byte[] text, int offset, int length, Part into);

    /// True when a group is whole as soon as the number of parts is there; false when it needs the end as well, and
    /// the number must be known.
    boolean endsByCountAlone();
}
