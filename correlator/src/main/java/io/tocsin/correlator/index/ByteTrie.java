package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds all of many texts with which a value begins, or ends, in one walk that stops at the first byte no
/// text has. Whether to walk at all is said by the first eight bytes, or four for shorter texts.
///
/// Thread-safety: immutable once built.
final class ByteTrie {
    private final boolean backwards;
    /// Edge `state << 8 | byte` plus one; 0 marks an empty place.
    private long[] edges = new long[16];

    private int[] targets = new int[16];
    private int edgeCount;
    private int stateCount = 1;
    private final Map<Integer, List<Integer>> building = new HashMap<>();
    private int[][] values = {};
    private static final int LONG = 8;
    private static final int SHORT = 4;
    private final Set<Long> longGrams = new HashSet<>();
    private final Set<Long> shortGrams = new HashSet<>();
    private GramFilter longGate = new GramFilter(longGrams);
    private GramFilter shortGate = new GramFilter(shortGrams);
    private boolean hasLong;
    private boolean hasShort;
    /// True when there are texts of fewer than four bytes.
    private boolean alwaysWalks;

    /// @param backwards true to walk from the end
    ByteTrie(boolean backwards) {
        this.backwards = backwards;
    }

    void add(byte[] text, int number) {
        if (text.length >= LONG) {
            hasLong = true;
            longGrams.add(gate(text, 0, text.length, LONG));
        } else if (text.length >= SHORT) {
            hasShort = true;
            shortGrams.add(gate(text, 0, text.length, SHORT));
        } else {
            alwaysWalks = true;
        }
        int state = 0;
        for (int i = 0; i < text.length; i++) {
            byte next = text[backwards ? text.length - 1 - i : i];
            int target = target(state, next);
            if (target < 0) {
                target = stateCount++;
                link(state, next, target);
            }
            state = target;
        }
        building.computeIfAbsent(state, absent -> new ArrayList<>()).add(number);
    }

    void build() {
        values = new int[stateCount][];
        for (int i = 0; i < stateCount; i++) {
            List<Integer> numbers = building.getOrDefault(i, List.of());
            values[i] = numbers.stream().mapToInt(Integer::intValue).toArray();
        }
        building.clear();
        longGate = new GramFilter(longGrams);
        shortGate = new GramFilter(shortGrams);
        longGrams.clear();
        shortGrams.clear();
    }

    /// @param bytes ASCII letters may be capital ones, other letters are small
    void scan(byte[] bytes, int offset, int length, Evaluation evaluation) {
        if (!mayFind(bytes, offset, length)) {
            return;
        }
        int state = 0;
        for (int i = 0; ; i++) {
            for (int number : values[state]) {
                evaluation.hit(number);
            }
            if (i == length) {
                return;
            }
            state = target(state, ByteWords.lower(bytes[backwards ? offset + length - 1 - i : offset + i]));
            if (state < 0) {
                return;
            }
        }
    }

    private boolean mayFind(byte[] bytes, int offset, int length) {
        return alwaysWalks
                || (hasLong && length >= LONG && longGate.mayContain(gate(bytes, offset, length, LONG)))
                || (hasShort && length >= SHORT && shortGate.mayContain(gate(bytes, offset, length, SHORT)));
    }

    /// The first bytes of the walk, roughly folded.
    private long gate(byte[] bytes, int offset, int length, int size) {
        int from = backwards ? offset + length - size : offset;
        long word = size == LONG ? ByteWords.at(bytes, from) : ByteWords.tail(bytes, from, from + size);
        return word | ByteWords.ROUGH;
    }

    private int target(int state, byte next) {
        long edge = ((long) state << 8 | (next & 0xFF)) + 1;
        int mask = edges.length - 1;
        int place = place(edge, mask);
        while (edges[place] != 0) {
            if (edges[place] == edge) {
                return targets[place];
            }
            place = (place + 1) & mask;
        }
        return -1;
    }

    private void link(int state, byte next, int target) {
        if ((edgeCount + 1) * 2 > edges.length) {
            long[] oldEdges = edges;
            int[] oldTargets = targets;
            edges = new long[oldEdges.length * 2];
            targets = new int[oldEdges.length * 2];
            for (int i = 0; i < oldEdges.length; i++) {
                if (oldEdges[i] != 0) {
                    put(oldEdges[i], oldTargets[i]);
                }
            }
        }
        put(((long) state << 8 | (next & 0xFF)) + 1, target);
        edgeCount++;
    }

    private void put(long edge, int target) {
        int mask = edges.length - 1;
        int place = place(edge, mask);
        while (edges[place] != 0) {
            place = (place + 1) & mask;
        }
        edges[place] = edge;
        targets[place] = target;
    }

    private static int place(long edge, int mask) {
        long mixed = edge * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 32) & mask;
    }
}
