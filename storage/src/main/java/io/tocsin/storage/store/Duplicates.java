package io.tocsin.storage.store;

import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EventBatch;
import io.tocsin.storage.block.Block;
import io.tocsin.storage.block.IdBlock;
import io.tocsin.storage.embedded.Session;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Leaves events out of a delivery whose identifiers are stored already, or stand in it twice: what was replayed
/// from a queue, or reached us by two ways. Exact, whatever the order, the receiver and the time between:
/// [StoredRanges] says of nearly all events that they are new, and the table itself answers for the others.
///
/// An event that is left out stays in the ledger: it was received once more and rejected as
/// `duplicate`.
///
/// Thread-safety: one thread at a time.
final class Duplicates implements AutoCloseable {
    /// Reason in the ledger.
    static final String REASON = "duplicate";

    /// How far the clocks of two nodes that read the same queue may differ.
    private static final long MARGIN_MILLIS = 2000;
    /// How far back is looked for an event whose identifier is younger than its reception.
    private static final long WINDOW_MILLIS = 7L * 86_400_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Session session;
    private final Spool spool;
    private final Intents intents;
    private final StoredRanges ranges;
    private final IdSet seen = new IdSet();
    private final IdSet stored = new IdSet();
    private final IdBlock suspects = new IdBlock();
    private long lookups;

    /// The part of a batch that one generator made.
    private static final class Part {
        long from = Long.MAX_VALUE;
        long to = Long.MIN_VALUE;
        boolean suspect;
    }

    /// @param folder for what has to outlive the process
    /// @param nowMillis what was received before may be stored
    Duplicates(Session session, Spool spool, Path folder, long nowMillis) {
        this.session = session;
        this.spool = spool;
        this.intents = Intents.open(folder);
        this.ranges = new StoredRanges(nowMillis);
    }

    /// Removes from the batches what is stored already, and tells their ledgers. What is decided is durable when
    /// this returns; the same run is decided the same way until [#done].
    ///
    /// @return events that were removed
    int remove(DeliveryRun run, List<EventBatch> batches) {
        BitSet leftOut = intents.leftOut(run);
        if (leftOut == null) {
            leftOut = find(batches);
            intents.begin(run, leftOut);
        }
        if (leftOut.isEmpty()) {
            return 0;
        }
        int base = 0;
        for (EventBatch batch : batches) {
            int count = batch.count();
            BitSet gone = leftOut.get(base, base + count);
            for (int i = gone.nextSetBit(0); i >= 0; i = gone.nextSetBit(i + 1)) {
                batch.ledger().add(batch.receivedNanos(i), batch.origin(i), BatchLedger.Counter.REJECTED, REASON, 1);
            }
            batch.remove(gone);
            base += count;
        }
        return leftOut.cardinality();
    }

    /// Notes that the run is stored, with what is left in its batches.
    void done(DeliveryRun run, List<EventBatch> batches) {
        for (EventBatch batch : batches) {
            parts(batch).forEach((group, part) -> ranges.add(group, part.from, part.to));
        }
        intents.done(run);
    }

    /// Times that the table was asked.
    long lookups() {
        return lookups;
    }

    private BitSet find(List<EventBatch> batches) {
        BitSet leftOut = new BitSet();
        seen.clear();
        stored.clear();
        suspects.clear();
        Window window = new Window();
        for (EventBatch batch : batches) {
            Map<Integer, Part> parts = parts(batch);
            boolean anySuspect = false;
            for (Map.Entry<Integer, Part> entry : parts.entrySet()) {
                Part part = entry.getValue();
                part.suspect = ranges.mayHold(entry.getKey(), part.from, part.to);
                anySuspect |= part.suspect;
            }
            for (int i = 0; anySuspect && i < batch.count(); i++) {
                long high = batch.idHigh(i);
                long low = batch.idLow(i);
                Part part = parts.get(StoredRanges.group(high, low));
                if (part != null && part.suspect) {
                    suspects.add(high, low);
                    window.add(high, low, Math.floorDiv(batch.receivedNanos(i), NANOS_PER_MILLI));
                }
            }
        }
        if (suspects.rows() > 0) {
            lookUp(window);
        }
        int index = 0;
        for (EventBatch batch : batches) {
            for (int i = 0; i < batch.count(); i++, index++) {
                long high = batch.idHigh(i);
                long low = batch.idLow(i);
                if (!seen.add(high, low) || (!stored.isEmpty() && stored.contains(high, low))) {
                    leftOut.set(index);
                }
            }
        }
        return leftOut;
    }

    private static Map<Integer, Part> parts(EventBatch batch) {
        Map<Integer, Part> parts = new HashMap<>();
        int lastGroup = 0;
        @Nullable Part last = null;
        for (int i = 0; i < batch.count(); i++) {
            long high = batch.idHigh(i);
            long low = batch.idLow(i);
            int group = StoredRanges.group(high, low);
            if (last == null || group != lastGroup) {
                last = parts.computeIfAbsent(group, unknown -> new Part());
                lastGroup = group;
            }
            long position = StoredRanges.position(high, low, Math.floorDiv(batch.receivedNanos(i), NANOS_PER_MILLI));
            last.from = Math.min(last.from, position);
            last.to = Math.max(last.to, position);
        }
        return parts;
    }

    /// Times of reception that stored copies of the suspects can have.
    ///
    /// Thread-safety: as the whole.
    private static final class Window {
        long fromMillis = Long.MAX_VALUE;
        long toMillis = Long.MIN_VALUE;

        void add(long idHigh, long idLow, long receivedMillis) {
            long from = receivedMillis;
            long to = receivedMillis;
            if (StoredRanges.isGenerated(idHigh, idLow)) {
                long made = idHigh >>> 16;
                if (made <= receivedMillis) {
                    // What lay in a queue gets its time of reception when it is read; the first copy was read after it
                    // was made.
                    from = made;
                } else if (made > receivedMillis + MARGIN_MILLIS) {
                    from = receivedMillis - WINDOW_MILLIS;
                }
            }
            fromMillis = Math.min(fromMillis, from);
            toMillis = Math.max(toMillis, to);
        }
    }

    private void lookUp(Window window) {
        lookups++;
        Block block = suspects.encode();
        Path file = spool.write("suspects.native", block);
        try {
            String found = session.text("SELECT ID FROM events WHERE Timestamp >= "
                    + time(window.fromMillis - MARGIN_MILLIS) + " AND Timestamp <= "
                    + time(window.toMillis + MARGIN_MILLIS) + " AND ID IN (SELECT ID FROM file('" + file
                    + "', 'Native', 'ID UUID'))");
            found.lines().forEach(line -> {
                UUID id = UUID.fromString(line);
                stored.add(id.getMostSignificantBits(), id.getLeastSignificantBits());
            });
        } finally {
            spool.release(file);
        }
    }

    private static String time(long millis) {
        return "fromUnixTimestamp64Milli(toInt64(" + millis + "), 'UTC')";
    }

    @Override
    public void close() {
        intents.close();
    }
}
