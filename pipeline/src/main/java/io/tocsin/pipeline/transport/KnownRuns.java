package io.tocsin.pipeline.transport;

import io.tocsin.event.DeliveryRun;
import io.tocsin.file.DurableFile;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a receiver knows of its producers: for each epoch the sequence that comes next. Rebuilt at start from the
/// newest checkpoint and the receiver's log behind it; a consumer of that log holds its segments until a checkpoint
/// covers them.
///
/// Of the last runs of each epoch it remembers the checksum of the body, so that a repeat can be told from other
/// events under the same sequences.
///
/// The checkpoint `runs` is a file of 16 bytes per head (magic `TKNW`, version 1, number of entries, zero), 24
/// bytes per entry (producer, epoch, zero, next sequence) and a CRC32C of all that. Behind it, passed over by older
/// releases, 32 bytes per entry for the last run (producer, epoch, checksum of its body, first sequence, end) and a
/// CRC32C of the whole file before it.
///
/// Thread-safety: any thread; a producer's numbers are guarded by its own lock.
final class KnownRuns implements AutoCloseable {
    static final String FILE_NAME = "runs";
    private static final String CONSUMER = "receiver";
    private static final System.Logger LOGGER = System.getLogger(KnownRuns.class.getName());
    private static final int MAGIC = 0x544b4e57;
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 16;
    private static final int ENTRY_BYTES = 24;
    private static final int BODY_BYTES = 32;

    private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(20);

    /// Epochs that are remembered per producer; older ones can only come from a process that should be
    /// gone.
    private static final int MAX_EPOCHS = 8;

    /// Runs of an epoch whose bodies are remembered.
    private static final int MAX_BODIES = 16;

    private final Path file;
    private final LogConsumer consumer;
    private final ConcurrentHashMap<Long, Producer> producers = new ConcurrentHashMap<>();

    /// A run and its body.
    record Body(long first, long end, int checksum) {}

    /// One producer. `lock` is held while a run of it is decided about and appended.
    static final class Producer {
        final ReentrantLock lock = new ReentrantLock();
        private final TreeMap<Integer, Long> nextByEpoch = new TreeMap<>();
        /// By epoch, then by end; as far as they are remembered.
        private final Map<Integer, TreeMap<Long, Body>> bodies = new HashMap<>();

        /// End of the newest run in the receiver's log; null when it was forced before this process
        /// began.
        @Nullable
        LogPosition appendedTo;

        /// The sequence that comes next, null when nothing of this epoch is known. With the lock held.
        @Nullable
        Long next(int epoch) {
            return nextByEpoch.get(epoch);
        }

        void advance(int epoch, long next) {
            nextByEpoch.merge(epoch, next, Math::max);
            if (nextByEpoch.size() > MAX_EPOCHS) {
                bodies.remove(nextByEpoch.pollFirstEntry().getKey());
            }
        }

        void remember(int epoch, Body body) {
            TreeMap<Long, Body> remembered = bodies.computeIfAbsent(epoch, _ -> new TreeMap<>());
            remembered.put(body.end(), body);
            if (remembered.size() > MAX_BODIES) {
                remembered.pollFirstEntry();
            }
        }

        /// The last run of an epoch, null when its body is not remembered. With the lock held.
        @Nullable
        Body last(int epoch) {
            TreeMap<Long, Body> remembered = bodies.get(epoch);
            Long next = nextByEpoch.get(epoch);
            return remembered == null || next == null ? null : remembered.get(next);
        }

        /// Whether a run was taken with just this body. With the lock held.
        boolean isRepeated(DeliveryRun run, int checksum) {
            TreeMap<Long, Body> remembered = bodies.get(run.epoch());
            return remembered != null
                    && new Body(run.firstSequence(), run.endSequence(), checksum)
                            .equals(remembered.get(run.endSequence()));
        }
    }

    private KnownRuns(Path file, LogConsumer consumer) {
        this.file = file;
        this.consumer = consumer;
    }

    /// Reads what an earlier process knew.
    static KnownRuns open(Path folder, DurableLog log) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        KnownRuns known = new KnownRuns(folder.resolve(FILE_NAME), log.consumer(CONSUMER));
        try {
            known.readCheckpoint();
            known.readLog();
            return known;
        } catch (IOException | InterruptedException | RuntimeException e) {
            known.consumer.close();
            throw e;
        }
    }

    Producer producer(long producer) {
        return producers.computeIfAbsent(producer, _ -> new Producer());
    }

    /// Writes a checkpoint and lets go of the log behind it.
    void checkpoint(DurableLog log) throws IOException, InterruptedException {
        // The place comes first: runs appended meanwhile may be in both the checkpoint and the log, which does no harm.
        LogMetrics metrics = log.metrics();
        LogPosition place = metrics.synced();
        Map<Long, Map<Integer, Long>> snapshot = new TreeMap<>();
        Map<Long, Map<Integer, Body>> lasts = new TreeMap<>();
        producers.forEach((number, producer) -> {
            producer.lock.lock();
            try {
                snapshot.put(number, new TreeMap<>(producer.nextByEpoch));
                Map<Integer, Body> ofProducer = lasts.computeIfAbsent(number, _ -> new TreeMap<>());
                for (int epoch : producer.nextByEpoch.keySet()) {
                    Body last = producer.last(epoch);
                    if (last != null) {
                        ofProducer.put(epoch, last);
                    }
                }
            } finally {
                producer.lock.unlock();
            }
        });
        // A checkpoint must not know a run that a power failure can still take out of the log.
        log.awaitSynced(log.end(), SYNC_TIMEOUT);
        write(snapshot, lasts);
        boolean alone = metrics.consumers().size() == 1;
        if (!alone) {
            // Nobody else means that those who will read the runs have not registered yet: their segments must stay.
            consumer.commit(place);
        }
    }

    private void write(Map<Long, Map<Integer, Long>> snapshot, Map<Long, Map<Integer, Body>> lasts) throws IOException {
        int entries = snapshot.values().stream().mapToInt(Map::size).sum();
        int bodies = lasts.values().stream().mapToInt(Map::size).sum();
        ByteBuffer bytes = ByteBuffer.allocate(
                HEAD_BYTES + entries * ENTRY_BYTES + Integer.BYTES + bodies * BODY_BYTES + Integer.BYTES);
        bytes.putInt(MAGIC).putInt(VERSION).putInt(entries).putInt(0);
        snapshot.forEach((producer, epochs) -> epochs.forEach(
                (epoch, next) -> bytes.putLong(producer).putInt(epoch).putInt(0).putLong(next)));
        bytes.putInt(checksum(bytes));
        lasts.forEach((producer, epochs) -> epochs.forEach((epoch, last) -> bytes.putLong(producer)
                .putInt(epoch)
                .putInt(last.checksum())
                .putLong(last.first())
                .putLong(last.end())));
        bytes.putInt(checksum(bytes));
        DurableFile.replace(file, bytes.flip());
    }

    private void readCheckpoint() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        boolean whole = bytes.remaining() >= HEAD_BYTES + Integer.BYTES && bytes.getInt(0) == MAGIC;
        long end = whole ? HEAD_BYTES + (long) ENTRY_BYTES * Math.max(0, bytes.getInt(8)) : 0;
        boolean sound = whole
                && end + Integer.BYTES <= bytes.limit()
                && bytes.getInt((int) end) == checksum(bytes.duplicate().position((int) end));
        if (sound && bytes.getInt(4) != VERSION) {
            throw new IOException("memory of received runs has a format that this version does not know [file=" + file
                    + ", format=" + bytes.getInt(4) + "]; open it with the release that wrote it");
        }
        if (!sound) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "memory of received runs is unreadable, rebuilt from the log as far as that reaches; a producer that"
                            + " repeats an older run would be stored twice [file={0}]",
                    file);
            return;
        }
        int entries = bytes.getInt(8);
        for (int i = 0; i < entries; i++) {
            int at = HEAD_BYTES + i * ENTRY_BYTES;
            producer(bytes.getLong(at)).advance(bytes.getInt(at + 8), bytes.getLong(at + 16));
        }
        readBodies(bytes, (int) end + Integer.BYTES);
    }

    private void readBodies(ByteBuffer bytes, int from) {
        int length = bytes.limit() - from - Integer.BYTES;
        if (length < 0
                || length % BODY_BYTES != 0
                || bytes.getInt(from + length) != checksum(bytes.duplicate().position(from + length))) {
            // Of an older release: repeats are recognised by their sequences alone until the next run.
            return;
        }
        for (int at = from; at < from + length; at += BODY_BYTES) {
            producer(bytes.getLong(at))
                    .remember(
                            bytes.getInt(at + 8),
                            new Body(bytes.getLong(at + 16), bytes.getLong(at + 24), bytes.getInt(at + 12)));
        }
    }

    private void readLog() throws InterruptedException {
        while (true) {
            List<LogRecord> records = consumer.poll(100, 16 * 1024 * 1024, Duration.ZERO);
            if (records.isEmpty()) {
                return;
            }
            for (LogRecord record : records) {
                ReceivedRun received = ReceivedRun.of(record);
                if (received != null) {
                    DeliveryRun run = received.run();
                    Producer producer = producer(run.producer());
                    producer.advance(run.epoch(), run.endSequence());
                    producer.remember(
                            run.epoch(),
                            new Body(
                                    run.firstSequence(),
                                    run.endSequence(),
                                    DeliveryRun.bodyChecksum(
                                            received.bytes(), received.bodyOffset(), received.bodyLength())));
                }
            }
        }
    }

    private static int checksum(ByteBuffer written) {
        CRC32C checksum = new CRC32C();
        checksum.update(written.duplicate().flip());
        return (int) checksum.getValue();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
