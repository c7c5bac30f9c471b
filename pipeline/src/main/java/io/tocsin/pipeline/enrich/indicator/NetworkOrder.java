package io.tocsin.pipeline.enrich.indicator;

import java.util.Arrays;
import java.util.stream.IntStream;

/// The networks of a builder by first address, larger ones first, each with the one around it.
@SuppressWarnings("ArrayRecordComponent") // Carries arrays from the builder to the index, nothing more.
record NetworkOrder(long[] firstHigh, long[] firstLow, long[] lastHigh, long[] lastLow, int[] entry, int[] parent) {

    static NetworkOrder of(IndicatorBuilder from) {
        int count = from.networks;
        int[] order = IntStream.range(0, count)
                .boxed()
                .sorted((left, right) -> {
                    int first = IndicatorIndex.compare(
                            from.networkHigh[left],
                            from.networkLow[left],
                            from.networkHigh[right],
                            from.networkLow[right]);
                    return first != 0 ? first : Integer.compare(from.networkBits[left], from.networkBits[right]);
                })
                .mapToInt(Integer::intValue)
                .toArray();
        NetworkOrder result = new NetworkOrder(
                new long[count], new long[count], new long[count], new long[count], new int[count], new int[count]);
        for (int i = 0; i < count; i++) {
            int one = order[i];
            int bits = from.networkBits[one];
            result.firstHigh[i] = from.networkHigh[one];
            result.firstLow[i] = from.networkLow[one];
            result.lastHigh[i] = from.networkHigh[one] | ~maskHigh(bits);
            result.lastLow[i] = from.networkLow[one] | ~maskLow(bits);
            result.entry[i] = from.networkEntry[one];
        }
        Arrays.fill(result.parent, -1);
        for (int i = 1; i < count; i++) {
            int around = i - 1;
            while (around >= 0
                    && IndicatorIndex.compare(
                                    result.firstHigh[i],
                                    result.firstLow[i],
                                    result.lastHigh[around],
                                    result.lastLow[around])
                            > 0) {
                around = result.parent[around];
            }
            result.parent[i] = around;
        }
        return result;
    }

    static long maskHigh(int bits) {
        return bits == 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }

    static long maskLow(int bits) {
        return bits <= 64 ? 0 : -1L << (128 - bits);
    }
}
