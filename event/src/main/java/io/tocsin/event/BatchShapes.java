package io.tocsin.event;

import java.util.Arrays;

/// The different shapes of the events of a batch: a shape is the order of the field codes of an event. Events of one
/// source nearly always have one of few, so a batch names each shape once and an event names its shape.
///
/// Thread-safety: one thread; reused from batch to batch.
final class BatchShapes {
    private short[] codes = new short[256];
    private int[] ends = new int[16];
    private int count;
    /// Shape plus one by hash, open addressing; 0 is empty.
    private int[] table = new int[64];
    private int last;

    void clear() {
        count = 0;
        last = 0;
        Arrays.fill(table, 0);
    }

    int count() {
        return count;
    }

    int start(int shape) {
        return shape == 0 ? 0 : ends[shape - 1];
    }

    int end(int shape) {
        return ends[shape];
    }

    /// Code of a field at a place between [#start] and [#end].
    int code(int place) {
        return codes[place];
    }

    /// The shape with these codes, added when it is new.
    int of(short[] source, int from, int to) {
        // Runs of events come from one source.
        if (count > 0 && isShape(last, source, from, to)) {
            return last;
        }
        int hash = to - from;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + source[i];
        }
        int mask = table.length - 1;
        int slot = (hash ^ hash >>> 15) & mask;
        while (table[slot] != 0) {
            int shape = table[slot] - 1;
            if (isShape(shape, source, from, to)) {
                last = shape;
                return shape;
            }
            slot = slot + 1 & mask;
        }
        int shape = add(source, from, to);
        table[slot] = shape + 1;
        if (count * 2 > table.length) {
            rehash();
        }
        last = shape;
        return shape;
    }

    private boolean isShape(int shape, short[] source, int from, int to) {
        return Arrays.equals(codes, start(shape), ends[shape], source, from, to);
    }

    private int add(short[] source, int from, int to) {
        int begin = count == 0 ? 0 : ends[count - 1];
        int length = to - from;
        if (begin + length > codes.length) {
            codes = Arrays.copyOf(codes, Math.max(begin + length, codes.length * 2));
        }
        System.arraycopy(source, from, codes, begin, length);
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
        }
        ends[count] = begin + length;
        return count++;
    }

    private void rehash() {
        table = new int[table.length * 2];
        int mask = table.length - 1;
        for (int shape = 0; shape < count; shape++) {
            int hash = ends[shape] - start(shape);
            for (int i = start(shape); i < ends[shape]; i++) {
                hash = hash * 31 + codes[i];
            }
            int slot = (hash ^ hash >>> 15) & mask;
            while (table[slot] != 0) {
                slot = slot + 1 & mask;
            }
            table[slot] = shape + 1;
        }
    }
}
