package io.tocsin.pipeline.transport.log;

/// One record read from the log.
///
/// Thread-safety: immutable as long as nobody writes to `payload`, which is this reader's own copy.
///
/// @param position the place before this record, which is its index and the sequence of its first event
/// @param eventCount events in the record, at least 0
/// @param epoch the epoch under which the record was appended
/// @param appendedAtMillis epoch milliseconds of the append
/// @param payload the bytes that were appended
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; copying it again would double the memory traffic
public record LogRecord(LogPosition position, int eventCount, int epoch, long appendedAtMillis, byte[] payload) {
    /// The place after this record: commit it when the record is dealt with.
    public LogPosition end() {
        return new LogPosition(position.recordIndex() + 1, position.sequence() + Math.max(1, eventCount));
    }
}
