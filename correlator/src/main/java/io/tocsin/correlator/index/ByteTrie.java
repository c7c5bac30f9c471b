package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds all of many texts with which a value begins, or ends, in one walk that stops at the first byte no
/// text has.
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

    /// @param backwards true to walk from the end
    ByteTrie(boolean backwards) {
        this.backwards = backwards;
    }

    void add(byte[] text, int number) {
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
    }

    /// @param bytes ASCII letters may be capital ones, other letters are small
    void scan(byte[] bytes, int offset, int length, Evaluation evaluation) {
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
