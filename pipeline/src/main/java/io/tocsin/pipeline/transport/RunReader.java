package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.DeliveryClient.Selection;
import io.tocsin.pipeline.transport.DeliveryMetrics.State;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogGap;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRange;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads a log for a [DeliveryClient]: makes runs of its records, knows how far the log was read and which sequence
/// is covered by what was delivered, and goes elsewhere when the receiver asks for it.
///
/// What the log has lost takes its place in a run: a [LostBatch] that counts it, for destinations that
/// keep the ledger.
///
/// Thread-safety: the delivering thread; [#reached] and [#lostEvents()] any.
final class RunReader implements AutoCloseable {
    private static final int MAX_RECORDS = 65_536;
    private static final long FIRST_BYTES = 1 << 19;
    private static final long LEAST_BYTES = 1 << 16;
    /// A run should be with the receiver in this part of the time-out.
    private static final int WELL_WITHIN = 4;

    private final DurableLog log;
    private final LogConsumer consumer;
    private final DeliveryOptions options;
    private final Selection selection;
    private final DeliveryFigures figures;
    private final ArrayDeque<Part> ahead = new ArrayDeque<>();
    private LogPosition readTo;
    /// Number under which runs are named.
    private long stream;
    private long coveredSequence;
    private int recordLimit = MAX_RECORDS;
    /// Payload bytes after which a run is closed. It begins small, and grows as long as the line carries more.
    private long byteLimit;

    /// @param consumer closed with this
    RunReader(
            DurableLog log,
            LogConsumer consumer,
            DeliveryOptions options,
            Selection selection,
            DeliveryFigures figures) {
        this.log = log;
        this.consumer = consumer;
        this.options = options;
        this.byteLimit = Math.min(FIRST_BYTES, options.maxBytes());
        this.selection = selection;
        this.figures = figures;
        this.readTo = consumer.committed();
        this.coveredSequence = consumer.coveredSequence();
        this.stream = consumer.stream();
    }

    /// What stands between two places of the log.
    ///
    /// @param epoch 0 for what is lost: that of the record behind it
    /// @param eventCount events in the payload
    /// @param lost true: the payload counts what cannot be delivered
    @SuppressWarnings("ArrayRecordComponent") // the bytes of a log record, copied by nobody
    record Part(
            LogPosition start,
            LogPosition end,
            int epoch,
            int eventCount,
            long appendedAtMillis,
            byte[] payload,
            boolean lost) {
        static Part of(LogRecord record) {
            return new Part(
                    record.position(),
                    record.end(),
                    record.epoch(),
                    record.eventCount(),
                    record.appendedAtMillis(),
                    record.payload(),
                    false);
        }

        static Part of(LogGap gap) {
            return new Part(gap.from(), gap.to(), 0, 0, gap.aboutMillis(), LostBatch.damaged(gap), true);
        }

        Part with(byte[] bytes) {
            return new Part(start, end, epoch, eventCount, appendedAtMillis, bytes, lost);
        }

        /// Counts in the place of the events.
        Part lostAs(byte[] counts) {
            return new Part(start, end, epoch, 0, appendedAtMillis, counts, true);
        }
    }

    /// Records on their way to the receiver under one name.
    ///
    /// @param range extent in the log
    /// @param records those that this destination wants
    record Run(LogRange range, List<Part> records, DeliveryRun name) {
        Run(LogRange range, List<Part> records, long producer, long firstSequence) {
            this(
                    range,
                    List.copyOf(records),
                    new DeliveryRun(
                            producer, range.epoch(), firstSequence, range.end().sequence() - firstSequence));
        }

        List<byte[]> bodies() {
            return records.stream().map(Part::payload).toList();
        }

        long bytes() {
            return records.stream().mapToLong(record -> record.payload().length).sum();
        }

        long events() {
            return records.stream().mapToLong(Part::eventCount).sum();
        }

        /// Whether it holds nothing but counts of what is lost.
        boolean isOfLost() {
            return records.stream().allMatch(Part::lost);
        }
    }

    /// The run that was on its way when the last process, or the last attempt of this one, ended.
    @Nullable
    Run intended() throws InterruptedException {
        Optional<LogRange> left = consumer.intended();
        if (left.isEmpty()) {
            return null;
        }
        LogRange range = left.get();
        consumer.seek(range.start());
        ahead.clear();
        List<Part> wanted = new ArrayList<>();
        while (consumer.position().compareTo(range.end()) < 0) {
            long missing = range.end().recordIndex() - consumer.position().recordIndex();
            LogPosition before = consumer.position();
            for (Part part : read((int) Math.min(missing, MAX_RECORDS), Long.MAX_VALUE, Duration.ZERO, range.end())) {
                Part selected = part.end().compareTo(range.end()) <= 0 ? selected(part) : null;
                if (selected != null) {
                    wanted.add(selected);
                }
            }
            if (consumer.position().equals(before)) {
                break;
            }
        }
        consumer.seek(range.end());
        readTo = range.end();
        coveredSequence = consumer.coveredSequence();
        if (wanted.isEmpty()) {
            consumer.commit(range.end(), coveredSequence);
            figures.committed();
            return null;
        }
        return new Run(range, wanted, stream, coveredSequence);
    }

    /// Takes the next records together.
    ///
    /// @return null when there are none that this destination wants
    @Nullable
    Run form(Duration timeout) throws InterruptedException {
        if (ahead.isEmpty()) {
            figures.state(State.IDLE, 0);
            ahead.addAll(read(recordLimit, byteLimit, timeout, null));
        }
        List<Part> wanted = new ArrayList<>();
        LogPosition start = readTo;
        int epoch = 0;
        long bytes = 0;
        while (!ahead.isEmpty() && wanted.size() < recordLimit) {
            Part record = ahead.getFirst();
            Part selected = selected(record);
            if (selected == null) {
                ahead.removeFirst();
                readTo = record.end();
                if (!record.lost()) {
                    figures.filtered();
                }
                continue;
            }
            long covered = record.end().sequence() - coveredSequence;
            boolean fits = wanted.isEmpty()
                    || ((epoch == 0 || record.epoch() == 0 || record.epoch() == epoch)
                            && covered <= options.maxEvents()
                            && bytes + selected.payload().length <= byteLimit);
            if (!fits) {
                break;
            }
            ahead.removeFirst();
            wanted.add(selected);
            epoch = record.epoch() == 0 ? epoch : record.epoch();
            bytes += selected.payload().length;
            readTo = record.end();
        }
        if (wanted.isEmpty()) {
            return null;
        }
        int named = epoch != 0 || ahead.isEmpty() || ahead.getFirst().epoch() == 0
                ? epoch
                : ahead.getFirst().epoch();
        return new Run(new LogRange(named == 0 ? log.epoch() : named, start, readTo), wanted, stream, coveredSequence);
    }

    /// Reads records, and between them what is lost.
    ///
    /// @param until what is lost counts up to here; null: all of it
    private List<Part> read(int maxRecords, long maxBytes, Duration timeout, @Nullable LogPosition until)
            throws InterruptedException {
        List<LogRecord> records = consumer.poll(maxRecords, maxBytes, timeout);
        ArrayDeque<LogGap> gaps = new ArrayDeque<>(consumer.takeGaps());
        List<Part> parts = new ArrayList<>(records.size() + gaps.size());
        for (LogRecord record : records) {
            while (!gaps.isEmpty()
                    && gaps.getFirst().from().recordIndex() < record.position().recordIndex()) {
                add(gaps.removeFirst(), until, parts);
            }
            parts.add(Part.of(record));
        }
        gaps.forEach(gap -> add(gap, until, parts));
        return parts;
    }

    private static void add(LogGap gap, @Nullable LogPosition until, List<Part> parts) {
        LogGap counted = until != null && gap.to().compareTo(until) > 0
                ? new LogGap(gap.from(), until, gap.aboutMillis(), null)
                : gap;
        if (counted.to().compareTo(counted.from()) > 0
                && counted.to().sequence() >= counted.from().sequence()) {
            parts.add(Part.of(counted));
        }
    }

    /// The same run, with counts in the place of the only record, which will never be delivered.
    ///
    /// @return null when the destination wants no such counts
    @Nullable
    Run withoutRefused(Run run) {
        Part only = run.records().getFirst();
        if (only.lost() || !selection.tellsOfLosses()) {
            return null;
        }
        byte[] counts = LostBatch.refused(only.payload(), only.eventCount(), only.appendedAtMillis());
        return new Run(run.range(), List.of(only.lostAs(counts)), run.name());
    }

    /// A run that also covers what comes before it and is not there any more, and counts it. Its extent in the log
    /// is noted as before: repeated by the next process the receiver asks for the same again, or knows it.
    ///
    /// @param from first sequence that it covers
    Run covering(Run run, long from) {
        List<Part> parts = new ArrayList<>(run.records());
        long first = run.name().firstSequence();
        if (selection.tellsOfLosses()) {
            LogPosition start = run.range().start();
            Part next = run.records().getFirst();
            byte[] counts = LostBatch.unavailable(first - from, next.appendedAtMillis());
            parts.addFirst(new Part(start, start, next.epoch(), 0, next.appendedAtMillis(), counts, true));
        }
        return new Run(run.range(), parts, run.name().producer(), from);
    }

    /// The record with the bytes that go to the destination, null when nothing of it goes there.
    private @Nullable Part selected(Part part) {
        if (part.lost()) {
            return selection.tellsOfLosses() ? part : null;
        }
        byte[] bytes = selection.of(part.payload());
        return bytes == null ? null : part.with(bytes);
    }

    /// Notes durably which run is sent next, and that everything before it is dealt with.
    ///
    /// @param next null: none yet
    /// @param done place up to which the log is dealt with; null when nothing was delivered since the
    ///     last call
    void note(@Nullable Run next, @Nullable LogPosition done) {
        if (next != null && done != null) {
            consumer.commitAndIntend(done, coveredSequence, next.range());
        } else if (next != null) {
            consumer.intend(next.range());
        } else if (done != null) {
            consumer.commit(done, coveredSequence);
        }
        if (done != null) {
            figures.committed();
        }
    }

    /// The receiver has a run. The next ones are as large as what comes to it well within the time-out: over a narrow
    /// line a run of the greatest size would never be there in time, and be sent again for ever.
    ///
    /// @param nanos how long the attempt took
    void delivered(Run run, long nanos) {
        coveredSequence = run.range().end().sequence();
        recordLimit = (int) Math.min(MAX_RECORDS, 2L * recordLimit);
        long well = options.requestTimeout().toNanos() / WELL_WITHIN;
        if (nanos > well) {
            double share = (double) well / nanos;
            byteLimit = Math.max(LEAST_BYTES, Math.min(byteLimit, (long) (run.bytes() * share)));
        } else if (run.bytes() >= byteLimit / 2) {
            byteLimit = Math.min(2 * byteLimit, options.maxBytes());
        }
    }

    /// Reads a run again, in halves.
    void halve(Run run) {
        recordLimit = run.records().size() / 2;
        readAgain(run.range().start(), coveredSequence);
    }

    /// Moves the cursor over records that nobody wants, so that their segments can go.
    void commitFiltered() {
        if (ahead.isEmpty() && readTo.compareTo(consumer.committed()) > 0) {
            consumer.commit(readTo, coveredSequence);
            figures.committed();
        }
    }

    /// The place before the record that holds a sequence.
    LogPosition place(LogPosition from, long sequence) throws InterruptedException {
        consumer.seek(from);
        while (true) {
            List<LogRecord> records = consumer.poll(1, 1, Duration.ZERO);
            if (records.isEmpty()) {
                return consumer.position();
            }
            if (records.getFirst().end().sequence() > sequence) {
                return records.getFirst().position();
            }
        }
    }

    /// Whether the log holds just what a receiver has: a run of these sequences whose body has this
    /// checksum.
    boolean holds(long first, long end, int checksum) throws InterruptedException {
        if (log.start().sequence() > first || log.end().sequence() < end) {
            return false;
        }
        CRC32C found = new CRC32C();
        try {
            LogPosition at = place(log.start(), first);
            consumer.seek(at);
            while (at.sequence() < end) {
                List<Part> parts = read(MAX_RECORDS, options.maxBytes(), Duration.ZERO, null);
                if (parts.isEmpty()) {
                    return false;
                }
                for (Part part : parts) {
                    if (at.sequence() >= end) {
                        break;
                    }
                    at = part.end();
                    Part selected = selected(part);
                    if (selected != null) {
                        found.update(selected.payload(), 0, selected.payload().length);
                    }
                }
            }
            return at.sequence() == end && (int) found.getValue() == checksum;
        } finally {
            consumer.seek(readTo);
            ahead.clear();
        }
    }

    /// The same run under a number that no receiver knows, like all that follow.
    Run anew(Run run) {
        stream = consumer.beginStream();
        DeliveryRun name = run.name();
        return new Run(
                run.range(), run.records(), new DeliveryRun(stream, name.epoch(), name.firstSequence(), name.count()));
    }

    /// Forgets the current run and reads on from another place. The cursor goes there too, which keeps the
    /// segments.
    void readAgain(LogPosition from, long covered) {
        consumer.commit(from, covered);
        consumer.seek(from);
        ahead.clear();
        readTo = from;
        coveredSequence = covered;
    }

    /// Goes back to what is durable.
    void startOver() {
        consumer.seek(consumer.committed());
        ahead.clear();
        readTo = consumer.committed();
        coveredSequence = consumer.coveredSequence();
    }

    /// Whether everything before a place is dealt with.
    boolean reached(LogPosition place) {
        return consumer.committed().compareTo(place) >= 0;
    }

    /// Events that a limit of the log has taken.
    long lostEvents() {
        return consumer.lostEvents();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
