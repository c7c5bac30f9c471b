package io.tocsin.pipeline.transport.log;

/// A place between two records of one log. Everything before it has a smaller record index and smaller
/// sequences.
///
/// @param recordIndex index of the record that follows this place, from 0
/// @param sequence sequence of the first event that follows this place: the number of events appended before it,
///     where a record without events counts as one
public record LogPosition(long recordIndex, long sequence) implements Comparable<LogPosition> {
    /// The place before the very first record.
    public static final LogPosition START = new LogPosition(0, 0);

    public LogPosition {
        if (recordIndex < 0 || sequence < 0) {
            throw new IllegalArgumentException(
                    "log position must not be negative [record=" + recordIndex + ", sequence=" + sequence + "]");
        }
    }

    /// Orders by record index.
    @Override
    public int compareTo(LogPosition other) {
        return Long.compare(recordIndex, other.recordIndex);
    }

    @Override
    public String toString() {
        return recordIndex + "/" + sequence;
    }
}
