package io.tocsin.bench.normalizer;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// A table of all formats: events and megabytes per second of processor time of one thread, bytes allocated for an
/// event (medians of the rounds), and beside it what peers that take the same lines apart do per second of theirs.
///
/// ```
/// bench/formats [--seconds N] [--no-peers] [format…]
/// ```
///
/// A peer is a process: what it does besides parsing (receiving over TCP, writing JSON to nowhere) counts as well. Its
/// figure without parsing is in the last line, so that the part of the parser can be told.
public final class FormatTable {
    private static final int ROUNDS = 9;

    private FormatTable() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        double seconds = 6;
        boolean peers = true;
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--seconds" -> seconds = Double.parseDouble(arguments[++i]);
                case "--no-peers" -> peers = false;
                default -> chosen.add(arguments[i].toUpperCase(Locale.ROOT));
            }
        }
        List<Peer> beside =
                peers ? Peer.installed(Path.of(System.getProperty("tocsin.peers", "bench/peers"))) : List.of();
        StringBuilder head =
                new StringBuilder("format         bytes  events       events/s      MB/s  B allocated/event");
        beside.forEach(peer -> head.append(String.format(Locale.ROOT, " %14s", peer.name())));
        System.out.println(head);
        for (FormatSamples format : FormatSamples.values()) {
            if (chosen.isEmpty() || chosen.contains(format.name())) {
                String ours = measure(format, (long) (seconds * 1e9));
                StringBuilder row = new StringBuilder(ours);
                for (Peer peer : beside) {
                    row.append(cell(
                            peer.eventsPerCpuSecond(format.name(), format.inputs(FormatBenchmark.INPUTS), seconds)));
                }
                System.out.println(row);
            }
        }
        if (!beside.isEmpty()) {
            StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%-73s", "received and written only"));
            List<byte[]> lines = FormatSamples.SYSLOG_3164.inputs(FormatBenchmark.INPUTS);
            for (Peer peer : beside) {
                row.append(cell(peer.eventsPerCpuSecond("NONE", lines, seconds)));
            }
            System.out.println(row);
        }
    }

    private static String cell(double perSecond) {
        return Double.isNaN(perSecond) ? " ".repeat(14) + "–" : String.format(Locale.ROOT, " %,14.0f", perSecond);
    }

    private static String measure(FormatSamples format, long nanos) {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        FormatBenchmark benchmark = new FormatBenchmark();
        benchmark.format = format.name();
        benchmark.prepare();
        run(benchmark, threads, nanos * 2 / 3);
        double[] perSecond = new double[ROUNDS];
        double[] allocated = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = threads.getCurrentThreadCpuTime();
            long bytes = threads.getCurrentThreadAllocatedBytes();
            long inputs = run(benchmark, threads, nanos / 3 / ROUNDS);
            perSecond[round] = inputs * 1e9 / (threads.getCurrentThreadCpuTime() - start);
            allocated[round] =
                    (threads.getCurrentThreadAllocatedBytes() - bytes) / ((double) inputs * benchmark.eventsPerInput());
        }
        Arrays.sort(perSecond);
        Arrays.sort(allocated);
        double median = perSecond[ROUNDS / 2];
        return String.format(
                Locale.ROOT,
                "%-12s %7.0f %7d %,14.0f %9.1f %18.1f",
                format,
                benchmark.averageBytes(),
                benchmark.eventsPerInput(),
                median * benchmark.eventsPerInput(),
                median * benchmark.averageBytes() / 1e6,
                allocated[ROUNDS / 2]);
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
