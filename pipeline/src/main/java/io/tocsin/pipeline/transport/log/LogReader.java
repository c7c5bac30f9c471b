package io.tocsin.pipeline.transport.log;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
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
/// What the disk does not give back, several times in a row at the same place, counts as damaged as well: the rest
/// of the file is read page by page from then on, and the file is kept.
///
/// Thread-safety: one thread at a time.
public final class LogReader implements AutoCloseable {
    /// Attempts at a place that the disk does not give back. Whoever reads pauses between them.
    static final int READ_ATTEMPTS = 4;

    /// Stretches remembered for who does not ask; they are logged and counted anyway.
    private static final int MAX_GAPS = 100_000;

    private final LogView log;
    private final String name;
    private final @Nullable Deque<Place> ends;
    private LogPosition position;
    private @Nullable SegmentReader reader;
    private @Nullable Segment segment;
    private long hintedSegment = -1;
    private long offset = -1;
    private final ArrayDeque<LogGap> gaps = new ArrayDeque<>();
    /// When what was read last was appended, epoch milliseconds.
    private long lastAppendedMillis;
    /// Where the disk refused to read, and how often in a row.
    private @Nullable LogPosition refusedAt;
    private int refusals;

    /// Where a record that was read ended in its file.
    record Place(LogPosition end, long segmentBase, long offset) {}

    /// @param ends gets the end of each record read; null when nobody wants to know
    LogReader(LogView log, String name, LogPosition position, @Nullable Deque<Place> ends) {
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
            if (!records.isEmpty()) {
                // They have been passed already; the next call comes to the same place.
                return records;
            }
            refused(e);
            throw new LogException(
                    LogException.Kind.UNAVAILABLE,
                    "cannot read the log [folder=" + log.folder() + ", position=" + position + "]: " + e.getMessage(),
                    e);
        }
        return records;
    }

    /// Gives up, after some attempts, what the disk does not give back.
    private void refused(IOException reason) {
        refusals = position.equals(refusedAt) ? refusals + 1 : 1;
        refusedAt = position;
        if (refusals >= READ_ATTEMPTS) {
            log.setUnreadable(log.segmentFor(position.recordIndex()).segment(), reason);
        }
    }

    /// Stretches that could not be read and were passed over since the last call, in order.
    List<LogGap> takeGaps() {
        List<LogGap> taken = List.copyOf(gaps);
        gaps.clear();
        return taken;
    }

    /// Goes to another place. A place that is not kept any more, or damaged, leads to the next record that can be
    /// read.
    public void seek(LogPosition target) {
        closeSegment();
        gaps.clear();
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
            LogView.SegmentView view = log.segmentFor(position.recordIndex());
            if (view.baseIndex() > position.recordIndex()) {
                skipTo(log.baseOf(view.segment()), view, 0, 0, null);
                continue;
            }
            boolean newest = visible.segmentBase() == view.baseIndex();
            long limit = newest ? visible.offset() : view.bytes();
            SegmentReader open = open(view, limit);
            RecordHeader header = open.headerAt(offset, limit);
            byte @Nullable [] remains = null;
            if (header != null && header.recordIndex() == position.recordIndex()) {
                if (header.payloadBytes() > maxPayloadBytes) {
                    return null;
                }
                byte[] payload = open.payloadAt(offset, header, limit);
                if (payload != null) {
                    return take(header, payload, view);
                }
                remains = open.remainsAt(offset, header);
                lastAppendedMillis = header.appendedAtMillis();
            }
            skipDamage(open, view, limit, newest ? visible : null, remains);
        }
        return null;
    }

    private LogRecord take(RecordHeader header, byte[] payload, LogView.SegmentView view) {
        if (header.firstSequence() != position.sequence()) {
            skipTo(
                    new LogPosition(header.recordIndex(), header.firstSequence()),
                    view,
                    offset,
                    header.appendedAtMillis(),
                    null);
        }
        LogRecord record =
                new LogRecord(position, header.eventCount(), header.epoch(), header.appendedAtMillis(), payload);
        lastAppendedMillis = record.appendedAtMillis();
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
            SegmentReader open,
            LogView.SegmentView view,
            long limit,
            LogState.@Nullable Place visible,
            byte @Nullable [] remains)
            throws IOException {
        long from = offset;
        long next = open.findNext(offset, limit, position.recordIndex());
        RecordHeader found = next < 0 ? null : open.headerAt(next, limit);
        if (found != null && found.recordIndex() < view.nextBaseIndex()) {
            offset = next;
            skipTo(
                    new LogPosition(found.recordIndex(), found.firstSequence()),
                    view,
                    from,
                    found.appendedAtMillis(),
                    remains);
        } else if (visible != null) {
            offset = visible.offset();
            skipTo(visible.position(), view, from, 0, remains);
        } else {
            Segment following = log.segmentFor(view.nextBaseIndex()).segment();
            skipTo(log.baseOf(following), view, from, 0, remains);
        }
    }

    /// @param nextAppendedMillis when the next record was appended, 0 when that is not known
    private void skipTo(
            LogPosition target,
            LogView.SegmentView view,
            long from,
            long nextAppendedMillis,
            byte @Nullable [] remains) {
        boolean single = target.recordIndex() == position.recordIndex() + 1;
        // The record before a stretch is not read again after a restart, the one behind it is.
        long about = (single && remains != null) || nextAppendedMillis == 0 ? lastAppendedMillis : nextAppendedMillis;
        if (about == 0 && reader != null && reader.segmentHeader() != null) {
            about = reader.segmentHeader().createdAtMillis();
        }
        LogGap gap = new LogGap(position, target, about, single ? remains : null);
        log.reportGap(name, view.segment().path, from, gap);
        if (ends != null) {
            if (gaps.size() == MAX_GAPS) {
                gaps.removeFirst();
            }
            gaps.addLast(gap);
        }
        position = target;
    }

    private SegmentReader open(LogView.SegmentView view, long limit) throws IOException {
        SegmentReader current = reader;
        if (current != null && segment == view.segment()) {
            return current;
        }
        long hint = current == null && hintedSegment == view.baseIndex() ? offset : -1;
        closeSegment();
        current = log.open(view.segment());
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
