package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StatePart;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Recognises events that come twice although nobody wanted that: a forwarder died between sending and
/// committing, and the next one sent them again. Identifiers are made in order by many generators
/// (`EventIds`), so for each of them a list of numbers in order is enough ([SeenPositions]); a new
/// event is nearly always behind the last one.
///
/// The newest 7.5 to 10 million identifiers are remembered, in at most 64 MiB: 0.1 to 5 bytes each, the
/// fewer the more events a generator makes in a millisecond. When many generators make few each, the
/// memory is the limit and fewer are remembered. They are part of the checkpoint, so that what is read
/// again after one is decided in the same way. Identifiers that no generator made are not looked at.
///
/// Thread-safety: one thread.
final class SeenEvents implements StatePart {
    private static final int MAXIMUM = 10_000_000;
    private static final long MAXIMUM_BYTES = 64L << 20;
    private static final int MAXIMUM_NOTED_BYTES = 16 << 20;
    /// What stands first in the state, where earlier versions had the number of generators.
    private static final int FORMAT = 0;

    private static final int INSTANCE_BITS = 42;
    private static final int COUNTER_BITS = 20;
    private static final long INSTANCE_MASK = (1L << INSTANCE_BITS) - 1;
    private static final long COUNTER_MASK = (1L << COUNTER_BITS) - 1;
    private static final long MILLIS_MASK = (1L << 43) - 1;

    private final int maximum;
    private final long maximumBytes;
    private final Map<Long, SeenPositions> generators = new HashMap<>();
    private int size;
    private long bytes;
    /// What was noted since [#saved], two words each; only while `following`.
    private final StateWriter noted = new StateWriter();

    private long lastHigh;
    private long lastLow;
    private int notedCount;
    private boolean following;

    SeenEvents() {
        this(MAXIMUM, MAXIMUM_BYTES);
    }

    /// @param maximum most identifiers
    /// @param maximumBytes most memory, as it is estimated
    SeenEvents(int maximum, long maximumBytes) {
        this.maximum = maximum;
        this.maximumBytes = maximumBytes;
    }

    /// Notes an event.
    ///
    /// @return false when it was noted before
    boolean add(long idHigh, long idLow) {
        if ((idHigh & 0xF000) != 0x7000 || idLow >>> 62 != 2) {
            return true;
        }
        long generator = (idLow & INSTANCE_MASK) | (idHigh & 0xFFF) << INSTANCE_BITS;
        long position = (idHigh >>> 16 & MILLIS_MASK) << COUNTER_BITS | (idLow >>> INSTANCE_BITS & COUNTER_MASK);
        SeenPositions positions = generators.get(generator);
        if (positions == null) {
            positions = new SeenPositions();
            generators.put(generator, positions);
            bytes += positions.bytes();
        }
        long before = positions.bytes();
        if (!positions.add(position)) {
            return false;
        }
        bytes += positions.bytes() - before;
        size++;
        follow(idHigh, idLow);
        if (size > maximum || bytes > maximumBytes) {
            forgetOldest();
        }
        return true;
    }

    private void follow(long idHigh, long idLow) {
        if (following) {
            noted.number(idHigh - lastHigh);
            noted.number(idLow - lastLow);
            lastHigh = idHigh;
            lastLow = idLow;
            notedCount++;
            if (noted.length() > MAXIMUM_NOTED_BYTES) {
                following = false;
                noted.clear();
            }
        }
    }

    /// Forgets at least a quarter, so that it does not happen often.
    private void forgetOldest() {
        List<SeenPositions.Part> parts = new ArrayList<>();
        generators.values().forEach(positions -> positions.parts(parts::add));
        parts.sort(Comparator.comparingLong(SeenPositions.Part::last));
        long until = Long.MIN_VALUE;
        int left = size;
        long leftBytes = bytes;
        for (SeenPositions.Part part : parts) {
            if (left <= maximum / 4 * 3 && leftBytes <= maximumBytes / 4 * 3) {
                break;
            }
            until = part.last();
            left -= part.count();
            leftBytes -= part.bytes();
        }
        size = 0;
        bytes = 0;
        for (Iterator<SeenPositions> each = generators.values().iterator(); each.hasNext(); ) {
            SeenPositions positions = each.next();
            positions.dropThrough(until);
            if (positions.count() == 0) {
                each.remove();
            } else {
                size += positions.count();
                bytes += positions.bytes();
            }
        }
    }

    /// Number of identifiers that are remembered.
    int size() {
        return size;
    }

    /// Memory that they take, as it is estimated.
    long bytes() {
        return bytes;
    }

    void clear() {
        generators.clear();
        size = 0;
        bytes = 0;
        following = false;
        noted.clear();
        notedCount = 0;
    }

    @Override
    public String name() {
        return "seen";
    }

    @Override
    public long contentHash() {
        return 0;
    }

    @Override
    public boolean isUnchanged() {
        return following && notedCount == 0;
    }

    @Override
    public boolean knowsChanges() {
        return following;
    }

    /// Writes what was noted since, in that order: noting it again, with what is forgotten for it,
    /// makes the same of what was there.
    @Override
    public void writeChanges(StateWriter out) {
        out.count(notedCount);
        out.blob(noted.array(), 0, noted.length());
    }

    private void readChanges(StateReader in) {
        int count = in.smallCount();
        StateReader numbers = in.nested();
        long high = 0;
        long low = 0;
        for (int i = 0; i < count; i++) {
            high += numbers.number();
            low += numbers.number();
            if (!add(high, low)) {
                throw new DamagedStateException("an event was noted that was there", i);
            }
        }
        if (!numbers.isExhausted()) {
            throw new DamagedStateException("more events were noted than are counted", count);
        }
    }

    @Override
    public void saved() {
        following = true;
        noted.clear();
        notedCount = 0;
        lastHigh = 0;
        lastLow = 0;
    }

    @Override
    public void write(StateWriter out) {
        out.count(FORMAT);
        out.count(generators.size());
        // In an order that does not depend on how they came.
        long[] sorted = generators.keySet().stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        for (long generator : sorted) {
            out.bits(generator);
            SeenPositions positions = generators.get(generator);
            if (positions != null) {
                positions.write(out);
            }
        }
    }

    @Override
    public void read(SavedPieces pieces) {
        readWhole(pieces.piece(0));
        for (int i = 1; i < pieces.count(); i++) {
            readChanges(pieces.piece(i));
        }
    }

    private void readWhole(StateReader in) {
        clear();
        if (in.count() != FORMAT) {
            throw new DamagedStateException("identifiers of an earlier version", 0);
        }
        int count = in.size();
        for (int i = 0; i < count; i++) {
            long generator = in.bits();
            SeenPositions positions = SeenPositions.read(in);
            generators.put(generator, positions);
            size += positions.count();
            bytes += positions.bytes();
        }
    }
}
