package io.tocsin.bench.enrich;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntSupplier;

/// What the benchmarks beside it measure, per second of processor time of the one thread instead of per second of the
/// clock, so that other work on the machine does not spoil the figures. Prints the median of the rounds.
public final class EnrichCpuTime {
    private static final int ROUNDS = 25;
    private static final long ROUND_NANOS = 200_000_000L;

    private EnrichCpuTime() {}

    public static void main(String[] arguments) {
        for (int indicators : new int[] {1000, 1_000_000}) {
            IndicatorBenchmark benchmark = new IndicatorBenchmark();
            benchmark.indicators = indicators;
            benchmark.prepare();
            measure("events in " + indicators + " indicators", IndicatorBenchmark.EVENTS, benchmark::match);
        }
        GeoBenchmark geo = new GeoBenchmark();
        geo.prepare();
        measure("addresses in a geo database", GeoBenchmark.ADDRESSES, geo::find);
    }

    private static void measure(String what, int perRun, IntSupplier run) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double[] perSecond = new double[ROUNDS];
        long found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = threads.getCurrentThreadCpuTime();
            long done = 0;
            long used;
            do {
                found += run.getAsInt();
                done += perRun;
                used = threads.getCurrentThreadCpuTime() - start;
            } while (used < ROUND_NANOS);
            perSecond[round] = done * 1e9 / used;
        }
        Arrays.sort(perSecond);
        System.out.println(String.format(
                Locale.ROOT,
                "%-32s %,12.0f /s (best %,12.0f /s, found %d)",
                what,
                perSecond[ROUNDS / 2],
                perSecond[ROUNDS - 1],
                found));
    }
}
