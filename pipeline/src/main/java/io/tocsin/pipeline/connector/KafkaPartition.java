package io.tocsin.pipeline.connector;

import io.tocsin.event.BatchFormatException;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.kafka.EntryHeaders;
import io.tocsin.pipeline.kafka.KafkaUse;
import io.tocsin.pipeline.kafka.ReplayMark;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/// Hands the records of one partition to a sink, in order, and knows up to where they are safe.
///
/// Thread-safety: a thread of its own takes records; the fetching thread offers, asks and stops; the log tells what
/// is durable from a third one.
final class KafkaPartition {
    /// The thread of a partition ended by a defect; what it has not handed on is read again.
    static final class FailedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FailedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static final System.Logger LOGGER = System.getLogger(KafkaPartition.class.getName());
    private static final long FULL_BYTES = 8L << 20;
    private static final long ROOM_BYTES = 2L << 20;
    /// Of each record, for its object and headers.
    private static final int RECORD_BYTES = 200;
    private static final int RECORDS_PER_RUN = 512;
    /// Of these the oldest one matters; the newest ones are told apart no further.
    private static final int MAXIMUM_RUNS = 1024;
    private static final String DAMAGED = "damaged batch";
    /// Reason in the ledger of records that were deleted before they were read.
    private static final String DELETED = "deleted by the queue";
    private static final String INTERNAL_ERROR = "internal error";

    /// Records that the brokers deleted before they were read, in their place in the order: one without a value at the
    /// last of them.
    ///
    /// Thread-safety: immutable.
    private static final class Gap extends ConsumerRecord<byte[], byte[]> {
        final long records;

        @SuppressWarnings("NullAway") // The library allows a record without a value.
        Gap(String topic, int partition, long from, long to) {
            super(topic, partition, to - 1, null, null);
            this.records = to - from;
        }
    }

    private record Safe(LogPosition position, long offset) {}

    /// Records that were handed over at once and are not committed yet.
    ///
    /// @param from the first of them
    /// @param end behind the last one
    /// @param writtenMillis when the first one was written
    private record Run(long from, long end, long writtenMillis) {}

    private final KafkaConnector.Config config;
    private final ConnectorContext context;
    private final String topic;
    private final int partition;
    private final @Nullable ReplayMark replay;
    private final KafkaRest rest;
    private final EventSink sink;
    private final EntryOrigin unknownOrigin;
    private final EventIds ids = new EventIds(SystemClock.process());
    private final long queueHash;

    private final Deque<ConsumerRecord<byte[], byte[]>> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean stopped;
    private boolean working;
    private @Nullable Throwable failure;

    /// Behind the last record that was handed to the sink.
    private long handedOffset = -1;
    /// Handed over and synced, not yet delivered; in order.
    private final Deque<Safe> synced = new ArrayDeque<>();
    private long syncedOffset = -1;
    private long safeOffset = -1;
    private long committedOffset = -1;
    /// Handed over and not committed, in order.
    private final Deque<Run> uncommitted = new ArrayDeque<>();
    /// Where the group stood when the partition came, -1: nowhere.
    private final long startOffset;

    /// @param place where the group stands, or null
    /// @param rest what no other collector takes
    KafkaPartition(
            KafkaConnector.Config config,
            ConnectorContext context,
            String topic,
            int partition,
            @Nullable OffsetAndMetadata place,
            KafkaRest rest) {
        this.config = config;
        this.context = context;
        this.topic = topic;
        this.partition = partition;
        this.replay = ReplayMark.read(place == null ? "" : place.metadata());
        this.startOffset = place == null ? -1 : place.offset();
        this.rest = rest;
        this.sink = context.sinks().get();
        this.unknownOrigin = new EntryOrigin(context.tenant(), context.service(), config.type(), "", -1, "", -1, topic);
        this.queueHash = hash(context.service() + '\n' + topic + '\n' + partition);
    }

    /// 64 bits that are the same in every process.
    private static long hash(String text) {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x0000_0100_0000_01B3L;
        }
        // The upper bits are used; let all the lower ones reach them.
        return (hash ^ (hash >>> 29)) * 0xBF58_476D_1CE4_E5B9L;
    }

    /// Takes fetched records.
    synchronized void offer(List<ConsumerRecord<byte[], byte[]>> records) {
        if (stopped) {
            return;
        }
        for (ConsumerRecord<byte[], byte[]> fetched : records) {
            waiting.add(fetched);
            waitingBytes += size(fetched);
        }
        if (!working && !waiting.isEmpty()) {
            working = true;
            Thread.ofVirtual().name("kafka-" + topic + "-" + partition).start(this::work);
        }
    }

    /// Notes records that the brokers deleted before they were read: they go into the ledger before anything that comes
    /// behind them, and are passed over for good when that is durable.
    ///
    /// @param from the first of them
    /// @param to behind the last one
    void skip(long from, long to) {
        offer(List.of(new Gap(topic, partition, from, to)));
    }

    private static long size(ConsumerRecord<byte[], byte[]> fetched) {
        return (long) RECORD_BYTES + Math.max(0, fetched.serializedValueSize());
    }

    synchronized boolean isFull() {
        return waitingBytes > FULL_BYTES;
    }

    synchronized boolean hasRoom() {
        return waitingBytes < ROOM_BYTES;
    }

    synchronized void throwIfFailed() {
        if (failure != null) {
            throw new FailedException(
                    "records were not handed on [topic=" + topic + ", partition=" + partition + "]", failure);
        }
    }

    private void work() {
        try {
            while (true) {
                List<ConsumerRecord<byte[], byte[]>> run = next();
                if (run.isEmpty()) {
                    return;
                }
                hand(run);
            }
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                failure = e;
                working = false;
                notifyAll();
            }
        }
    }

    private synchronized List<ConsumerRecord<byte[], byte[]>> next() {
        if (stopped || waiting.isEmpty()) {
            working = false;
            notifyAll();
            return List.of();
        }
        List<ConsumerRecord<byte[], byte[]>> run = new ArrayList<>(Math.min(waiting.size(), RECORDS_PER_RUN));
        long bytes = 0;
        while (!waiting.isEmpty() && run.size() < RECORDS_PER_RUN && bytes < ROOM_BYTES) {
            ConsumerRecord<byte[], byte[]> fetched = waiting.removeFirst();
            bytes += size(fetched);
            run.add(fetched);
        }
        waitingBytes -= bytes;
        return run;
    }

    private void hand(List<ConsumerRecord<byte[], byte[]>> run) {
        long end = run.getLast().offset() + 1;
        synchronized (this) {
            handedOffset = end;
            Run last = uncommitted.size() < MAXIMUM_RUNS ? null : uncommitted.pollLast();
            uncommitted.add(
                    last == null
                            ? new Run(first(run.getFirst()), end, run.getFirst().timestamp())
                            : new Run(last.from(), end, last.writtenMillis()));
        }
        sink.begin();
        boolean done = false;
        try {
            for (ConsumerRecord<byte[], byte[]> fetched : run) {
                hand(fetched);
            }
            done = true;
        } finally {
            if (done) {
                sink.end(position -> synced(position, end));
            } else {
                sink.end();
            }
        }
    }

    private void hand(ConsumerRecord<byte[], byte[]> fetched) {
        if (fetched instanceof Gap gap) {
            context.counters().add(StageCounter.LOST_MESSAGES, gap.records);
            sink.reject(unknownOrigin, DELETED, gap.records);
            return;
        }
        byte[] value = fetched.value();
        boolean betweenReplayAndNew =
                replay != null && fetched.offset() >= replay.until() && fetched.offset() < replay.resume();
        if (value == null || value.length == 0 || betweenReplayAndNew) {
            context.counters().increment(StageCounter.PASSED_OVER_MESSAGES);
            return;
        }
        context.counters().add(StageCounter.RECEIVED_BYTES, value.length);
        int flags = replay != null && fetched.offset() < replay.until() ? EventBatch.FLAG_REPLAYED : 0;
        if (config.format() == KafkaConnector.Format.BATCH) {
            handBatch(fetched, value, flags);
            return;
        }
        EntryHeaders entry = EntryHeaders.read(fetched.headers());
        EntryOrigin origin = entry == null ? unknownOrigin : entry.origin();
        if (!config.only().takes(origin, value) || (config.only().rest() && !rest.takes(origin, value))) {
            context.counters().increment(StageCounter.PASSED_OVER_MESSAGES);
            return;
        }
        if (entry == null) {
            ids.ofPlace(fetched.timestamp(), fetched.offset(), queueHash);
            entry = new EntryHeaders(
                    ids.high(), ids.low(), SystemClock.process().epochNanos(), origin, List.of());
        }
        if (flags != 0) {
            context.counters().increment(StageCounter.REPLAYED_EVENTS);
        }
        try {
            if (config.format() == KafkaConnector.Format.LINES) {
                handLines(entry, value, flags);
            } else {
                hand(entry, 0, value, 0, value.length, flags);
            }
        } catch (RuntimeException e) {
            // It is counted as rejected; the next process would fail on it as well.
            putAside(fetched, INTERNAL_ERROR, e);
        }
    }

    private void handLines(EntryHeaders entry, byte[] value, int flags) {
        int start = 0;
        long line = 0;
        while (start < value.length) {
            int end = start;
            while (end < value.length && value[end] != '\n') {
                end++;
            }
            int length = end > start && value[end - 1] == '\r' ? end - start - 1 : end - start;
            if (length > 0) {
                hand(entry, line++, value, start, length, flags);
            }
            start = end + 1;
        }
    }

    private void hand(EntryHeaders entry, long line, byte[] value, int offset, int length, int flags) {
        boolean cut = length > config.maxEventBytes();
        sink.accept(
                entry.origin(),
                entry.idHigh(),
                line == 0 ? entry.idLow() : EventIds.derived(entry.idLow(), line, 0),
                entry.receivedNanos(),
                entry.hops(),
                value,
                offset,
                cut ? config.maxEventBytes() : length,
                cut ? flags | EventBatch.FLAG_CUT : flags);
    }

    private void handBatch(ConsumerRecord<byte[], byte[]> fetched, byte[] value, int flags) {
        try {
            int events = sink.acceptBatch(value, 0, value.length, flags);
            if (flags != 0) {
                context.counters().add(StageCounter.REPLAYED_EVENTS, events);
            }
        } catch (BatchFormatException e) {
            putAside(fetched, DAMAGED, e);
            sink.reject(unknownOrigin, DAMAGED, 1);
        }
    }

    /// Keeps a record that cannot be handed on in a file of its own; waits when the disk does not
    /// take it.
    private void putAside(ConsumerRecord<byte[], byte[]> fetched, String reason, RuntimeException e) {
        context.counters().increment(StageCounter.DAMAGED_MESSAGES);
        Path folder = context.positions().resolve("dead-letters").resolve(context.service());
        Path file = folder.resolve(fetched.topic() + "-" + partition + "-" + fetched.offset() + ".record");
        boolean warned = false;
        while (true) {
            try {
                Files.createDirectories(folder);
                Files.write(file, fetched.value());
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "a record was put aside [collector={0}, file={1}, checksum={2}, reason={3}: {4}]",
                        context.service(),
                        file,
                        checksum(fetched.value()),
                        reason,
                        e.getMessage());
                return;
            } catch (IOException full) {
                if (!warned) {
                    warned = true;
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "a record that cannot be understood cannot be put aside either, waiting [file=" + file
                                    + "]",
                            full);
                }
                synchronized (this) {
                    if (stopped) {
                        throw new FailedException("stopped before a record was put aside", full);
                    }
                }
                LockSupport.parkNanos(1_000_000_000L);
            }
        }
    }

    private static String checksum(byte[] value) {
        CRC32C checksum = new CRC32C();
        checksum.update(value, 0, value.length);
        return Long.toHexString(checksum.getValue());
    }

    private synchronized void synced(LogPosition position, long offset) {
        syncedOffset = Math.max(syncedOffset, offset);
        if (config.commit() == KafkaConnector.Commit.LOGGED) {
            safeOffset = Math.max(safeOffset, offset);
        } else {
            synced.addLast(new Safe(position, offset));
        }
        notifyAll();
    }

    /// What may be committed now and was not yet; null when there is nothing.
    @Nullable
    OffsetAndMetadata uncommitted() {
        if (config.commit() == KafkaConnector.Commit.DELIVERED) {
            LogPosition delivered = context.logged().delivered();
            synchronized (this) {
                Safe first = synced.peekFirst();
                while (first != null && first.position().compareTo(delivered) <= 0) {
                    safeOffset = Math.max(safeOffset, first.offset());
                    synced.removeFirst();
                    first = synced.peekFirst();
                }
            }
        }
        synchronized (this) {
            if (safeOffset <= committedOffset) {
                return null;
            }
            return new OffsetAndMetadata(
                    safeOffset, replay != null && safeOffset < replay.resume() ? replay.text() : "");
        }
    }

    synchronized void committed(long offset) {
        committedOffset = Math.max(committedOffset, offset);
        while (!uncommitted.isEmpty() && uncommitted.getFirst().end() <= offset) {
            uncommitted.removeFirst();
        }
    }

    /// How far the group has read, for those who look after it. What is read once more on purpose is not unread.
    synchronized KafkaUse.Place place() {
        Run oldest = uncommitted.peekFirst();
        ConsumerRecord<byte[], byte[]> fetched = waiting.peekFirst();
        KafkaUse.Place place;
        if (oldest != null) {
            place = new KafkaUse.Place(topic, partition, oldest.from(), Math.max(0, oldest.writtenMillis()));
        } else if (fetched != null) {
            place = new KafkaUse.Place(topic, partition, first(fetched), Math.max(0, fetched.timestamp()));
        } else {
            place = new KafkaUse.Place(topic, partition, handedOffset < 0 ? startOffset : handedOffset, 0);
        }
        return replay != null && place.next() < replay.resume()
                ? new KafkaUse.Place(topic, partition, replay.resume(), 0)
                : place;
    }

    private static long first(ConsumerRecord<byte[], byte[]> fetched) {
        return fetched instanceof Gap gap ? gap.offset() + 1 - gap.records : fetched.offset();
    }

    /// Takes nothing more; what waits is dropped, because it is read again.
    synchronized void stop() {
        stopped = true;
        waiting.clear();
        waitingBytes = 0;
        notifyAll();
    }

    /// Waits until everything that was handed over is on disk.
    synchronized void awaitDurable(long untilNanos) {
        try {
            while (failure == null && (working || syncedOffset < handedOffset)) {
                long leftMillis = (untilNanos - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0) {
                    return;
                }
                wait(leftMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Stops without waiting: somebody else has the partition, or nobody.
    void abandon() {
        stop();
    }
}
