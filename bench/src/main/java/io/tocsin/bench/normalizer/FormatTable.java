package io.tocsin.bench.normalizer;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/// A table of all formats: events and megabytes per second of processor time of one thread, and bytes allocated for an
/// event; the median of the rounds.
///
/// ```
/// java -cp … io.tocsin.bench.normalizer.FormatTable [format…]
/// ```
public final class FormatTable {
    private static final int ROUNDS = 9;
    private static final long WARM_UP_NANOS = 4_000_000_000L;
    private static final long ROUND_NANOS = 300_000_000L;

    private FormatTable() {}

    public static void main(String[] arguments) {
        System.out.println("format         bytes  events       events/s      MB/s  B allocated/event");
        for (FormatSamples format : FormatSamples.values()) {
            if (arguments.length == 0 || Arrays.asList(arguments).contains(format.name())) {
                measure(format);
            }
        }
    }

    private static void measure(FormatSamples format) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        FormatBenchmark benchmark = new FormatBenchmark();
        benchmark.format = format.name();
        benchmark.prepare();
        run(benchmark, threads, WARM_UP_NANOS);
        double[] perSecond = new double[ROUNDS];
        long allocated = threads.getCurrentThreadAllocatedBytes();
        double inputs = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = threads.getCurrentThreadCpuTime();
            long some = run(benchmark, threads, ROUND_NANOS);
            perSecond[round] = some * 1e9 / (threads.getCurrentThreadCpuTime() - start);
            inputs += some;
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        Arrays.sort(perSecond);
        double median = perSecond[ROUNDS / 2];
        System.out.println(String.format(
                Locale.ROOT,
                "%-12s %7.0f %7d %,14.0f %9.1f %18.1f",
                format,
                benchmark.averageBytes(),
                benchmark.eventsPerInput(),
                median * benchmark.eventsPerInput(),
                median * benchmark.averageBytes() / 1e6,
                allocated / (inputs * benchmark.eventsPerInput())));
    }

    /// Inputs taken.
    private static long run(FormatBenchmark benchmark, com.sun.management.ThreadMXBean threads, long nanos) {
        long start = threads.getCurrentThreadCpuTime();
        long inputs = 0;
        do {
            for (int i = 0; i < 4; i++) {
                benchmark.normalize();
                inputs += FormatBenchmark.INPUTS;
            }
        } while (threads.getCurrentThreadCpuTime() - start < nanos);
        return inputs;
    }
}
