package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a log from some place on, without a durable cursor: it holds no segment back, and what is deleted before
/// it was read counts as skipped. For looking into the log (what is in flight?) beside its consumers.
///
/// Damaged records are skipped to the next sound one; each such gap is logged and counted in
/// [LogMetrics].
///
/// Thread-safety: one thread at a time.
public final class LogReader implements AutoCloseable {
    private final DurableLog log;
    private final String name;
    private final @Nullable Deque<Place> ends;
    private LogPosition position;
    private @Nullable SegmentReader reader;
    private @Nullable Segment segment;
    private long hintedSegment = -1;
    private long offset = -1;

    /// Where a record that was read ended in its file.
    record Place(LogPosition end, long segmentBase, long offset) {}

    /// @param ends gets the end of each record read; null when nobody wants to know
    LogReader(DurableLog log, String name, LogPosition position, @Nullable Deque<Place> ends) {
        this.log = log;
        this.name = name;
        this.position = position;
        this.ends = ends;
    }

    /// The place before the next record that will be read.
    public LogPosition position() {
        return position;
    }

    /// Waits until a record is there and returns consecutive records.
    ///
    /// @param maxRecords most records to return, at least 1
    /// @param maxBytes payload bytes after which to stop; the first record is returned whatever its
    ///     size
    /// @param timeout how long to wait for the first record
    /// @return the records, empty when the time passed without one
    /// @throws LogException when the log is closed or its files cannot be read
    public List<LogRecord> poll(int maxRecords, long maxBytes, Duration timeout) throws InterruptedException {
        return read(log.awaitVisible(position.recordIndex(), timeout), maxRecords, maxBytes);
    }

    /// Returns consecutive records that end before the visible end.
    List<LogRecord> read(LogState.Place visible, int maxRecords, long maxBytes) {
        List<LogRecord> records = new ArrayList<>();
        long bytes = 0;
        try {
            while (records.size() < maxRecords
                    && position.recordIndex() < visible.position().recordIndex()) {
                LogRecord record = next(visible, records.isEmpty() ? Long.MAX_VALUE : maxBytes - bytes);
                if (record == null) {
                    break;
                }
                records.add(record);
                bytes += record.payload().length;
            }
        } catch (IOException e) {
            closeSegment();
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot read the log [folder=" + log.folder() + ", position=" + position + "]: " + e.getMessage(),
                    e);
        }
        return records;
    }

    /// Goes to another place. A place that is not kept any more, or damaged, leads to the next record that can be
    /// read.
    public void seek(LogPosition target) {
        closeSegment();
        position = target;
    }

    /// Goes to a place whose offset in a segment file is known.
    void seek(LogPosition target, long segmentBase, long hintedOffset) {
        seek(target);
        hintedSegment = segmentBase;
        offset = hintedOffset;
    }

    /// Reads the next record, or null when it is longer than allowed or everything up to the visible end was
    /// damaged.
    private @Nullable LogRecord next(LogState.Place visible, long maxPayloadBytes) throws IOException {
        while (position.recordIndex() < visible.position().recordIndex()) {
            DurableLog.SegmentView view = log.segmentFor(position.recordIndex());
            if (view.baseIndex() > position.recordIndex()) {
                skipTo(log.baseOf(view.segment()), view, 0);
                continue;
            }
            boolean newest = visible.segmentBase() == view.baseIndex();
            long limit = newest ? visible.offset() : view.bytes();
            SegmentReader open = open(view, limit);
            RecordHeader header = open.headerAt(offset, limit);
            if (header != null && header.recordIndex() == position.recordIndex()) {
                if (header.payloadBytes() > maxPayloadBytes) {
                    return null;
                }
                byte[] payload = open.payloadAt(offset, header, limit);
                if (payload != null) {
                    return take(header, payload, view);
                }
            }
            skipDamage(open, view, limit, newest ? visible : null);
        }
        return null;
    }

    private LogRecord take(RecordHeader header, byte[] payload, DurableLog.SegmentView view) {
        if (header.firstSequence() != position.sequence()) {
            skipTo(new LogPosition(header.recordIndex(), header.firstSequence()), view, offset);
        }
        LogRecord record =
                new LogRecord(position, header.eventCount(), header.epoch(), header.appendedAtMillis(), payload);
        position = record.end();
        offset += header.recordBytes();
        if (ends != null) {
            ends.addLast(new Place(position, view.baseIndex(), offset));
        }
        return record;
    }

    /// Goes to the next sound record behind the current offset, in this segment or the following one, or to the
    /// visible end.
    private void skipDamage(
            SegmentReader open, DurableLog.SegmentView view, long limit, LogState.@Nullable Place visible)
            throws IOException {
        long from = offset;
        long next = open.findNext(offset, limit, position.recordIndex());
        RecordHeader found = next < 0 ? null : open.headerAt(next, limit);
        if (found != null && found.recordIndex() < view.nextBaseIndex()) {
            offset = next;
            skipTo(new LogPosition(found.recordIndex(), found.firstSequence()), view, from);
        } else if (visible != null) {
            offset = visible.offset();
            skipTo(visible.position(), view, from);
        } else {
            Segment following = log.segmentFor(view.nextBaseIndex()).segment();
            skipTo(log.baseOf(following), view, from);
        }
    }

    private void skipTo(LogPosition target, DurableLog.SegmentView view, long from) {
        log.reportGap(name, view.segment().path, from, position, target);
        position = target;
    }

    private SegmentReader open(DurableLog.SegmentView view, long limit) throws IOException {
        SegmentReader current = reader;
        if (current != null && segment == view.segment()) {
            return current;
        }
        long hint = current == null && hintedSegment == view.baseIndex() ? offset : -1;
        closeSegment();
        current = log.openForReading(view.segment());
        reader = current;
        segment = view.segment();
        RecordHeader hinted = hint < Segment.HEADER_BYTES ? null : current.headerAt(hint, limit);
        offset = hinted != null && hinted.recordIndex() == position.recordIndex() ? hint : locate(current, limit);
        return current;
    }

    /// The offset of the wanted record in a segment, or of the first one behind it, or the limit.
    private long locate(SegmentReader open, long limit) throws IOException {
        long at = Segment.HEADER_BYTES;
        while (at < limit) {
            RecordHeader header = open.headerAt(at, limit);
            if (header == null) {
                long next = open.findNext(at + RecordHeader.ALIGNMENT, limit, 0);
                if (next < 0) {
                    return limit;
                }
                at = next;
            } else if (header.recordIndex() >= position.recordIndex()) {
                return at;
            } else {
                at += header.recordBytes();
            }
        }
        return limit;
    }

    private void closeSegment() {
        SegmentReader open = reader;
        reader = null;
        segment = null;
        hintedSegment = -1;
        offset = -1;
        if (open != null) {
            log.closeQuietly(open);
        }
    }

    @Override
    public void close() {
        closeSegment();
    }
}
