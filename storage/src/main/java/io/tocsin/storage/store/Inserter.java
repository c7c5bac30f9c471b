package io.tocsin.storage.store;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EventBatch;
import io.tocsin.storage.block.Block;
import io.tocsin.storage.block.BlockColumn;
import io.tocsin.storage.block.EventBlockEncoder;
import io.tocsin.storage.block.LedgerBlockEncoder;
import io.tocsin.storage.embedded.Engine;
import io.tocsin.storage.embedded.EngineException;
import io.tocsin.storage.embedded.Session;
import io.tocsin.time.SystemClock;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/// Stores deliveries, each exactly once.
///
/// A delivery is stored in three statements, each with the token of the run: its events, its ledger entries, and
/// last the end of the run in the table `deliveries`. Each statement is atomic for a partition and repeats with a
/// known token are dropped by the engine, so a delivery that was interrupted anywhere is completed by its
/// repetition: what was stored stays stored once, what was missing is added. That holds because a repetition
/// carries the same bytes (see [io.tocsin.event.DeliveryRun]) and encoding is deterministic.
///
/// Events whose identifier is stored already are left out first, see [Duplicates].
///
/// The table `deliveries` answers repeats of completed runs without asking the engine and tells
/// gaps.
///
/// Thread-safety: any thread; one delivery at a time is stored.
public final class Inserter implements AutoCloseable {
    private final Session session;
    private final Spool spool;
    private final EventBlockEncoder events = new EventBlockEncoder();
    private final LedgerBlockEncoder ledger = new LedgerBlockEncoder();
    private final Duplicates duplicates;
    private final ReentrantLock lock = new ReentrantLock(true);
    /// The last stored run of each stream.
    private final Map<Stream, Last> last = new HashMap<>();

    /// Fields whose columns take place in the table.
    private final Set<String> stored;

    private boolean closed;

    private record Stream(long producer, int epoch) {}

    /// A stored run.
    ///
    /// @param first -1: it was stored by a release that kept no more than the end
    /// @param checksum of its body
    private record Last(long first, long end, int checksum) {}

    /// What became of a delivery.
    ///
    /// @param next the sequence that the producer's next run has to begin with
    /// @param events how many events were stored now; 0 for a repeat
    /// @param duplicates how many were left out because they were stored before
    public record Outcome(long next, int events, int duplicates) {
        Outcome(long next, int events) {
            this(next, events, 0);
        }
    }

    /// A run that does not begin where the last one of its stream ended.
    public static final class SequenceGapException extends TocsinException {
        private static final long serialVersionUID = 1;

        private final long expected;

        private SequenceGapException(DeliveryRun run, long expected) {
            super(
                    ErrorCode.SEQUENCE_GAP,
                    "delivery does not begin where the last one ended [run=" + run + ", expected=" + expected + "]",
                    null);
            this.expected = expected;
        }

        /// The sequence that would have been right.
        public long expected() {
            return expected;
        }
    }

    /// A run whose sequences are stored, maybe with other events: the producer's log was set back, or is a copy.
    public static final class KnownRunException extends TocsinException {
        private static final long serialVersionUID = 1;

        private final long end;
        private final long first;
        private final int checksum;

        private KnownRunException(DeliveryRun run, Last last) {
            super(
                    ErrorCode.SEQUENCE_GAP,
                    "delivery has sequences that are stored already [run=" + run + ", expected=" + last.end + "]",
                    null);
            this.end = last.end;
            this.first = last.first;
            this.checksum = last.checksum;
        }

        /// The answer that lets the producer find out.
        public String answer() {
            return DeliveryRun.knownAnswer(end, first, checksum);
        }
    }

    private Inserter(Session session, Spool spool, Path folder, InstantSource clock) {
        this.session = session;
        this.spool = spool;
        this.duplicates = new Duplicates(session, spool, folder.resolve("known-events"), clock.millis());
        this.stored = Tables.storedEventColumns(session);
    }

    /// Opens an inserter of its own session. The tables must have been prepared.
    public static Inserter open(Engine engine) {
        return open(engine, SystemClock.process());
    }

    /// @param clock what was received before its present may be stored already
    static Inserter open(Engine engine, InstantSource clock) {
        Spool spool = Spool.open(engine.options().folder().resolve("spool"));
        Session session = engine.administrator();
        Inserter inserter = new Inserter(session, spool, engine.options().folder(), clock);
        // One thread and one block: the token of a block is that of the statement plus its number.
        session.execute("SET max_threads = 1, max_insert_threads = 1, insert_deduplicate = 1,"
                + " max_partitions_per_insert_block = 0, throw_on_max_partitions_per_insert_block = 0,"
                + " max_insert_block_size = 1000000000, input_format_native_allow_types_conversion = 1");
        inserter.load();
        return inserter;
    }

    private void load() {
        String rows = session.text("SELECT Producer, Epoch, argMax(First, End), max(End), argMax(Checksum, End)"
                + " FROM deliveries GROUP BY Producer, Epoch");
        for (String row : rows.lines().toList()) {
            String[] columns = row.split("\t", -1);
            last.put(
                    new Stream(Long.parseUnsignedLong(columns[0]), Integer.parseInt(columns[1])),
                    new Last(Long.parseLong(columns[2]), Long.parseLong(columns[3]), Integer.parseInt(columns[4])));
        }
    }

    /// Stores a delivery durably, or recognises it as stored.
    ///
    /// @param batches what the delivery carries, in order; may hold no event at all
    /// @param checksum of its body: see [DeliveryRun#bodyChecksum]
    /// @throws SequenceGapException when the run does not follow the last one
    /// @throws KnownRunException when the run begins before the end of the last one and is not that one
    /// @throws TocsinException with a retriable code when a resource is short; nothing is lost by
    /// trying again
    public Outcome insert(DeliveryRun run, List<EventBatch> batches, int checksum) {
        lock.lock();
        try {
            if (closed) {
                throw TocsinException.of(ErrorCode.STORAGE_UNAVAILABLE, "the storage is stopping; try again later");
            }
            Stream stream = new Stream(run.producer(), run.epoch());
            Last before = last.get(stream);
            Last now = new Last(run.firstSequence(), run.endSequence(), checksum);
            if (before != null) {
                if (now.equals(before) || (before.first < 0 && now.end <= before.end)) {
                    return new Outcome(before.end, 0);
                }
                if (before.first >= 0 && now.first < before.end) {
                    throw new KnownRunException(run, before);
                }
                if (now.first != before.end) {
                    throw new SequenceGapException(run, before.end);
                }
            }
            int removed = removeDuplicates(run, batches);
            int stored = store(run, batches, checksum);
            last.put(stream, now);
            duplicates.done(run, batches);
            return new Outcome(run.endSequence(), stored, removed);
        } finally {
            lock.unlock();
        }
    }

    private int removeDuplicates(DeliveryRun run, List<EventBatch> batches) {
        try {
            return duplicates.remove(run, batches);
        } catch (EngineException e) {
            throw explained(run, e);
        }
    }

    private int store(DeliveryRun run, List<EventBatch> batches, int checksum) {
        String token = run.deduplicationToken();
        try {
            int stored = insertEvents(token, batches);
            insertLedger(token, batches);
            session.execute("INSERT INTO deliveries (Producer, Epoch, First, End, Checksum) SETTINGS"
                    + " insert_deduplication_token = '" + token + "' VALUES ("
                    + Long.toUnsignedString(run.producer()) + ", " + run.epoch() + ", " + run.firstSequence()
                    + ", " + run.endSequence() + ", " + checksum + ")");
            return stored;
        } catch (EngineException e) {
            throw explained(run, e);
        }
    }

    private int insertEvents(String token, List<EventBatch> batches) {
        Block block = events.encode(batches);
        if (block.rows() > 0) {
            storeColumns(block);
            insert("events", token, block);
        }
        return block.rows();
    }

    private void storeColumns(Block block) {
        Set<String> fresh = block.columns().stream().map(BlockColumn::name).collect(Collectors.toSet());
        fresh.removeAll(stored);
        if (!fresh.isEmpty()) {
            Tables.store(session, fresh);
            stored.addAll(fresh);
        }
    }

    private void insertLedger(String token, List<EventBatch> batches) {
        List<BatchLedger.Entry> entries = new ArrayList<>();
        for (EventBatch batch : batches) {
            entries.addAll(batch.ledger().entries());
        }
        if (!entries.isEmpty()) {
            insert("ledger", token, ledger.encode(entries));
        }
    }

    private void insert(String table, String token, Block block) {
        Path file = spool.write(table + ".native", block);
        try {
            String names = BlockColumn.names(block.columns());
            session.execute("INSERT INTO " + table + " (" + names + ") SETTINGS insert_deduplication_token = '" + token
                    + "' SELECT " + names + " FROM file('" + file + "', 'Native', '"
                    + BlockColumn.structure(block.columns()).replace("'", "\\'") + "')");
        } finally {
            spool.release(file);
        }
    }

    /// Whatever the engine says about a block that we encoded ourselves, the delivery may not be lost over it: all
    /// of its errors are worth another attempt.
    private static TocsinException explained(DeliveryRun run, EngineException e) {
        String message = String.valueOf(e.getMessage());
        boolean full = e.name().equals("NOT_ENOUGH_SPACE") || message.contains("No space left on device");
        return TocsinException.of(
                full ? ErrorCode.DISK_FULL : ErrorCode.STORAGE_UNAVAILABLE,
                "the engine could not store a delivery [run=" + run + ", error=" + e.name() + "]: " + message,
                e);
    }

    /// Waits for the delivery that is being stored and stops. Later deliveries are refused as
    /// retriable.
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            try {
                session.close();
            } finally {
                duplicates.close();
                spool.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
