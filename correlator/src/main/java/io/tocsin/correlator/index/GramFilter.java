package io.tocsin.correlator.index;

import java.util.Set;

/// Says of nearly all runs of four or eight bytes that they are not in a set, by two bits of a map.
///
/// Thread-safety: immutable.
final class GramFilter {
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
    private static final int BITS_PER_GRAM = 32;
    /// A small map can afford to be wrong less often.
    private static final int FEW = 512;

    private static final int BITS_PER_FEW = 256;

    private final long[] bits;
    private final int shift;

    GramFilter(Set<Long> grams) {
        int count = Math.max(1, grams.size());
        int bitCount = Math.max(64, Integer.highestOneBit(count * (count < FEW ? BITS_PER_FEW : BITS_PER_GRAM) - 1));
        bits = new long[bitCount >> 6];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(bitCount);
        for (long gram : grams) {
            long mixed = gram * FACTOR;
            int bit = (int) (mixed >>> shift);
            bits[bit >> 6] |= 1L << bit;
            int second = secondBit(mixed);
            bits[second >> 6] |= 1L << second;
        }
    }

    /// False when the run is certainly not in the set.
    boolean mayContain(long gram) {
        long mixed = gram * FACTOR;
        int bit = (int) (mixed >>> shift);
        if ((bits[bit >> 6] & (1L << bit)) == 0) {
            return false;
        }
        int second = secondBit(mixed);
        return (bits[second >> 6] & (1L << second)) != 0;
    }

    private int secondBit(long mixed) {
        return (int) (((mixed ^ (mixed >>> 29)) * FACTOR) >>> shift);
    }
}
