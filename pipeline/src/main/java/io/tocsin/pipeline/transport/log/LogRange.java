package io.tocsin.pipeline.transport.log;

/// A stretch of consecutive records that a consumer has set out to deliver as one.
///
/// @param epoch the epoch that all records of the range share
/// @param start place before the first record
/// @param end place after the last record
public record LogRange(int epoch, LogPosition start, LogPosition end) {
    public LogRange {
        if (epoch < 1 || end.recordIndex() <= start.recordIndex() || end.sequence() < start.sequence()) {
            throw new IllegalArgumentException(
                    "range holds no record [epoch=" + epoch + ", start=" + start + ", end=" + end + "]");
        }
    }
}
