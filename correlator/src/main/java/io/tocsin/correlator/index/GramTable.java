package io.tocsin.correlator.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A map from runs of four or eight bytes to places in a list of texts, with a bit map in front that says at
/// once that nearly all runs are not in it.
///
/// Thread-safety: immutable.
final class GramTable {
    /// The bits of a run that rough folding leaves as they are.
    static final long UNFOLDED = ~ByteWords.ROUGH;

    static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
    private static final int BITS_PER_GRAM = 32;
    /// A small table can afford to be wrong less often.
    private static final int FEW = 512;

    private static final int BITS_PER_FEW = 256;

    private static final int FEWEST_BYTES = 256;
    private static final int BYTES_PER_GRAM = 64;
    /// With fewer bytes than this for each run, too many would be marked.
    private static final int SPARSE = 16;

    private final byte[] marks;
    private final int markShift;
    private final boolean isSparse;
    private final long[] bits;
    private final int bitShift;
    private final long[] grams;
    private final int[][] entries;
    private final int mask;

    private GramTable(Map<Long, List<Integer>> byGram, int mostBytes) {
        int count = Math.max(1, byGram.size());
        int bitCount = Math.max(64, Integer.highestOneBit(count * (count < FEW ? BITS_PER_FEW : BITS_PER_GRAM) - 1));
        bits = new long[bitCount >> 6];
        bitShift = 64 - Integer.numberOfTrailingZeros(bitCount);
        int byteCount = Math.clamp(Integer.highestOneBit(count * BYTES_PER_GRAM), FEWEST_BYTES, mostBytes);
        isSparse = count * SPARSE <= byteCount;
        marks = new byte[byteCount];
        markShift = Long.SIZE - Integer.numberOfTrailingZeros(byteCount);
        int capacity = Math.max(4, Integer.highestOneBit(count * 4 - 1));
        grams = new long[capacity];
        entries = new int[capacity][];
        mask = capacity - 1;
        byGram.forEach((gram, places) -> {
            long mixed = gram * FACTOR;
            int bit = (int) (mixed >>> bitShift);
            bits[bit >> 6] |= 1L << (bit & 63);
            int second = secondBit(mixed);
            bits[second >> 6] |= 1L << (second & 63);
            marks[(int) (((gram & UNFOLDED) * FACTOR) >>> markShift)] = 1;
            int place = (int) (mixed >>> 32) & mask;
            while (entries[place] != null) {
                place = (place + 1) & mask;
            }
            grams[place] = gram;
            entries[place] = places.stream().mapToInt(Integer::intValue).toArray();
        });
    }

    /// Collects entries.
    ///
    /// Thread-safety: one thread.
    static final class Builder {
        private final Map<Long, List<Integer>> byGram = new HashMap<>();

        void add(long gram, int place) {
            byGram.computeIfAbsent(gram, absent -> new ArrayList<>()).add(place);
        }

        GramTable build() {
            return build(FEWEST_BYTES);
        }

        /// @param mostBytes of [#marks()], a power of two from 256 on
        GramTable build(int mostBytes) {
            return new GramTable(byGram, mostBytes);
        }
    }

    /// False when the run is certainly not in the table.
    boolean mayContain(long gram) {
        long mixed = gram * FACTOR;
        int bit = (int) (mixed >>> bitShift);
        if ((bits[bit >> 6] & (1L << (bit & 63))) == 0) {
            return false;
        }
        int second = secondBit(mixed);
        return (bits[second >> 6] & (1L << (second & 63))) != 0;
    }

    /// The first of the bits that [#mayContain] looks at, for loops: bit `gram * FACTOR >>> shift`.
    long[] bits() {
        return bits;
    }

    int shift() {
        return bitShift;
    }

    /// True when at most one of sixteen [#marks()] is set.
    boolean isSparse() {
        return isSparse;
    }

    /// For loops: not 0 at `(run & UNFOLDED) * FACTOR >>> markShift` when the run may be in the table.
    byte[] marks() {
        return marks;
    }

    int markShift() {
        return markShift;
    }

    private int secondBit(long mixed) {
        return (int) (((mixed ^ (mixed >>> 29)) * FACTOR) >>> bitShift);
    }

    /// The places of a run, none when it is not in the table.
    int[] places(long gram) {
        int place = (int) ((gram * FACTOR) >>> 32) & mask;
        while (entries[place] != null) {
            if (grams[place] == gram) {
                return entries[place];
            }
            place = (place + 1) & mask;
        }
        return ByteTable.NOTHING;
    }
}
