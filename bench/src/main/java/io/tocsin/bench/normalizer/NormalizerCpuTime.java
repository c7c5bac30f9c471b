package io.tocsin.bench.normalizer;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;

/// What [NormalizerBenchmark] measures, per second of processor time of the one thread instead of per second of the
/// clock, so that other work on the machine does not spoil the figures. Prints events and megabytes per processor
/// second: the median of the rounds.
///
/// ```
/// java -cp … io.tocsin.bench.normalizer.NormalizerCpuTime [kind…]
/// ```
public final class NormalizerCpuTime {
    private static final int ROUNDS = 15;
    private static final long WARM_UP_NANOS = 6_000_000_000L;
    private static final long ROUND_NANOS = 400_000_000L;

    private NormalizerCpuTime() {}

    public static void main(String[] arguments) throws IOException {
        for (NormalizerBenchmark.Kind kind : NormalizerBenchmark.Kind.values()) {
            if (arguments.length == 0 || Arrays.asList(arguments).contains(kind.name())) {
                measure(kind);
            }
        }
    }

    private static void measure(NormalizerBenchmark.Kind kind) throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        NormalizerBenchmark benchmark = new NormalizerBenchmark();
        benchmark.kind = kind;
        benchmark.prepare();
        run(benchmark, threads, WARM_UP_NANOS);
        double[] perSecond = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            perSecond[round] = run(benchmark, threads, ROUND_NANOS);
        }
        Arrays.sort(perSecond);
        double median = perSecond[ROUNDS / 2];
        System.out.println(String.format(
                Locale.ROOT,
                "%-18s %,12.0f events/s %8.1f MB/s (best %,12.0f events/s)",
                kind,
                median,
                median * benchmark.averageBytes() / 1e6,
                perSecond[ROUNDS - 1]));
    }

    /// Events per second of processor time.
    private static double run(NormalizerBenchmark benchmark, ThreadMXBean threads, long nanos) {
        long start = threads.getCurrentThreadCpuTime();
        long events = 0;
        long used;
        do {
            for (int i = 0; i < 8; i++) {
                benchmark.normalize();
                events += NormalizerBenchmark.LINES;
            }
            used = threads.getCurrentThreadCpuTime() - start;
        } while (used < nanos);
        return events * 1e9 / used;
    }
}
