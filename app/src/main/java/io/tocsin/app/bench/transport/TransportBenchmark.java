package io.tocsin.app.bench.transport;

import io.tocsin.app.bench.CollectBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Every way in and every way out: events a second of processor time of the process, beside rsyslog where it speaks
/// the same, in the same run. Ours writes every event to its durable log and forces it to disk before it acknowledges;
/// rsyslog keeps nothing.
///
/// Thread-safety: one thread.
public final class TransportBenchmark {
    /// Two million events: what is measured is not the compiler.
    private static final int WARM_UP_BLOCKS = 40;
    /// rsyslog is compiled already.
    private static final int PEER_WARM_UP_BLOCKS = 4;

    /// Of `/proc/stat`, on every machine of today.
    private static final double TICKS_PER_SECOND = 100;

    private static final Duration SINK_LIMIT = Duration.ofMinutes(2);

    private final Path folder;
    private final int blocks;
    private final int rounds;
    private final Predicate<String> wanted;
    private final @Nullable String kafka;
    private final PrintWriter out;
    private final Map<String, List<Double>> figures = new TreeMap<>();

    /// @param folder for logs; must exist
    /// @param events events of each round, rounded up to blocks of 50,000
    /// @param rounds how often everything is measured
    /// @param wanted which rows, by name
    /// @param kafka folder with a distribution of Kafka, or a broker, host:port; null leaves Kafka out
    public TransportBenchmark(
            Path folder, long events, int rounds, Predicate<String> wanted, @Nullable String kafka, PrintWriter out) {
        this.folder = folder;
        this.blocks = (int) Math.max(1, (events + SyslogBlock.LINES - 1) / SyslogBlock.LINES);
        this.rounds = rounds;
        this.wanted = wanted;
        this.kafka = kafka;
        this.out = out;
    }

    /// Events a second of processor time, and which share of those sent arrived.
    ///
    /// @param readPerCpuSecond the same of a collector behind the destination; infinite when there is none
    /// @param machineSeconds processor time of the whole machine but the sender, until the disk has everything;
    ///     what a receiver does not force, the kernel writes a little later in threads of its own
    private record Figure(double perCpuSecond, double arrived, double readPerCpuSecond, double machineSeconds) {}

    /// Measures and prints both tables: medians over the rounds.
    ///
    /// @throws IOException when a receiver does not start, refuses, or a way that may not lose loses events
    public void run() throws IOException, InterruptedException {
        out.printf(
                Locale.ROOT,
                "%,d events of %.0f bytes (RFC 5424) a round, %d rounds, medians; CPU time without compilers of the JVM%n",
                blocks * SyslogBlock.LINES,
                SyslogBlock.meanBytes(),
                rounds);
        inputs();
        destinations();
        out.flush();
    }

    private void inputs() throws IOException, InterruptedException {
        List<InputLoad> loads = InputLoads.all(BenchCertificate.make(folder), folder).stream()
                .filter(load -> wanted.test(load.name()))
                .toList();
        for (int round = 0; round < rounds; round++) {
            for (InputLoad load : loads) {
                Figure durable = tocsin(load, "group", 1, null);
                add(load.name() + "/tocsin", durable.perCpuSecond());
                add(load.name() + "/arrived", durable.arrived());
                Figure unforced = tocsin(load, "none", 1, null);
                add(load.name() + "/unforced", unforced.perCpuSecond());
                // Compared within a round, because the machine's speed moves between rounds by more than what is asked
                // for.
                add(load.name() + "/cost", 1 - durable.perCpuSecond() / unforced.perCpuSecond());
                add(load.name() + "/machine", 1 - unforced.machineSeconds() / durable.machineSeconds());
                if (!load.lossy()) {
                    add(load.name() + "/two", tocsin(load, "group", 2, null).perCpuSecond());
                }
                int port = CollectBenchmark.freePort();
                String peer = load.peer(port);
                if (peer != null && ReceivingProcess.hasRsyslog(module(peer))) {
                    add(
                            load.name() + "/rsyslog",
                            rsyslog(load, port, peer, "action(type=\"omfile\" file=\"/dev/null\")")
                                    .perCpuSecond());
                }
            }
        }
        if (loads.isEmpty()) {
            return;
        }
        out.println();
        out.println(
                "| Input | tocsin, events per CPU-second | Cost of forcing to disk | The same, whole machine | Two receivers | rsyslog | tocsin / rsyslog |");
        out.println("|---|---|---|---|---|---|---|");
        for (InputLoad load : loads) {
            double ours = median(load.name() + "/tocsin");
            double peer = median(load.name() + "/rsyslog");
            double arrived = median(load.name() + "/arrived");
            out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f%s | %s | %s | %s | %s | %s |%n",
                    load.name(),
                    ours,
                    load.lossy() ? String.format(Locale.ROOT, " (%.2f %% arrived)", arrived * 100) : "",
                    text("%.1f %%", median(load.name() + "/cost") * 100),
                    text("%.1f %%", median(load.name() + "/machine") * 100),
                    text("%.2f ×", 2 * median(load.name() + "/two") / ours),
                    text("%,.0f", peer),
                    text("%.2f", ours / peer));
        }
    }

    private void destinations() throws IOException, InterruptedException {
        Map<String, DestinationSink.Opening> sinks = DestinationSinks.all(kafka);
        sinks.keySet().removeIf(wanted.negate());
        if (sinks.isEmpty()) {
            return;
        }
        InputLoad load = new LinesLoad(null);
        for (int round = 0; round < rounds; round++) {
            add("none/tocsin", tocsin(load, "group", 1, null).perCpuSecond());
            int inputPort = CollectBenchmark.freePort();
            if (ReceivingProcess.hasRsyslog("imptcp")) {
                add(
                        "none/rsyslog",
                        rsyslog(
                                        load,
                                        inputPort,
                                        load.peer(inputPort) + "",
                                        "action(type=\"omfile\" file=\"/dev/null\")")
                                .perCpuSecond());
            }
            for (var sink : sinks.entrySet()) {
                try (DestinationSink open = sink.getValue().open(Files.createTempDirectory(folder, "sink"))) {
                    Figure both = tocsin(load, "group", 1, open);
                    add(sink.getKey() + "/tocsin", both.perCpuSecond());
                    if (Double.isFinite(both.readPerCpuSecond())) {
                        add(sink.getKey() + "/read", both.readPerCpuSecond());
                    }
                    String action = open.peer();
                    int port = CollectBenchmark.freePort();
                    if (action != null && ReceivingProcess.hasRsyslog("imptcp")) {
                        add(
                                sink.getKey() + "/rsyslog",
                                rsyslog(load, port, load.peer(port) + "", action)
                                        .perCpuSecond());
                    }
                }
            }
        }
        out.println();
        out.println(
                "| Destination, behind tcp | Input and destination, events per CPU-second | Destination alone | rsyslog, both | tocsin / rsyslog | Input that reads it |");
        out.println("|---|---|---|---|---|---|");
        out.printf(
                Locale.ROOT,
                "| none | %,.0f | | %s | | |%n",
                median("none/tocsin"),
                text("%,.0f", median("none/rsyslog")));
        for (String name : sinks.keySet()) {
            double ours = median(name + "/tocsin");
            double peer = median(name + "/rsyslog");
            out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %s | %s | %s | %s |%n",
                    name,
                    ours,
                    text("%,.0f", 1 / (1 / ours - 1 / median("none/tocsin"))),
                    text("%,.0f", peer),
                    text("%.2f", ours / peer),
                    text("%,.0f", median(name + "/read")));
        }
    }

    private Figure tocsin(InputLoad load, String sync, int receivers, @Nullable DestinationSink sink)
            throws IOException, InterruptedException {
        List<ReceivingProcess> processes = new ArrayList<>();
        try {
            for (int i = 0; i < receivers; i++) {
                processes.add(ReceivingProcess.tocsin(folder, load, sync, sink == null ? null : sink.destination()));
            }
            Figure figure = measure(load, processes, sink, WARM_UP_BLOCKS);
            if (!load.lossy() && figure.arrived() != 1) {
                throw new IOException("not every event arrived exactly once [way=" + load.name() + ", arrived="
                        + figure.arrived() * 100 + " %]");
            }
            return figure;
        } finally {
            processes.forEach(ReceivingProcess::close);
        }
    }

    private Figure rsyslog(InputLoad load, int port, String input, String action)
            throws IOException, InterruptedException {
        try (ReceivingProcess process = ReceivingProcess.rsyslog(folder, load, port, input, action)) {
            return measure(load, List.of(process), null, PEER_WARM_UP_BLOCKS);
        }
    }

    private Figure measure(
            InputLoad load, List<ReceivingProcess> processes, @Nullable DestinationSink sink, int warmUpBlocks)
            throws IOException, InterruptedException {
        double share = load.share() * (sink == null ? 1 : sink.share());
        int warmUp = (int) Math.max(1, warmUpBlocks * share);
        int measured = (int) Math.max(1, blocks * share);
        // Only code that is compiled is measured: a collector runs for months.
        send(load, processes, warmUp * processes.size());
        processes.forEach(ReceivingProcess::awaitIdle);
        awaitSink(sink, (long) warmUp * SyslogBlock.LINES);
        emptyCaches();
        double machineBefore = machineSeconds();
        Duration cpuBefore = cpu(processes);
        long before = received(processes);
        Duration readerBefore = sink == null ? Duration.ZERO : sink.readerCpu();
        send(load, processes, measured * processes.size());
        processes.forEach(ReceivingProcess::awaitIdle);
        awaitSink(sink, (long) (warmUp + measured) * SyslogBlock.LINES);
        processes.forEach(ReceivingProcess::awaitIdle);
        double cpu = cpu(processes).minus(cpuBefore).toNanos() / 1e9;
        emptyCaches();
        double machine = machineSeconds() - machineBefore;
        long sent = (long) measured * processes.size() * SyslogBlock.LINES;
        long arrived = before < 0 ? sent : received(processes) - before;
        double reader = sink == null ? 0 : sink.readerCpu().minus(readerBefore).toNanos() / 1e9;
        return new Figure(arrived / cpu, (double) arrived / sent, arrived / reader, machine);
    }

    /// Waits until everything that was written is on the disk.
    private void emptyCaches() throws IOException, InterruptedException {
        Process sync = new ProcessBuilder("sync", "-f", folder.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(sync.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (sync.waitFor() != 0) {
            throw new IOException("sync failed: " + said.strip());
        }
    }

    /// Processor time of the machine since it started, less that of this process, which sends.
    private static double machineSeconds() throws IOException {
        String all = Files.readAllLines(Path.of("/proc/stat")).getFirst();
        String[] ticks = all.split(" +", -1);
        // user, nice, system; then idle and iowait; then irq and softirq
        long busy = 0;
        for (int field : new int[] {1, 2, 3, 6, 7}) {
            busy += Long.parseLong(ticks[field]);
        }
        Duration own = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        return busy / TICKS_PER_SECOND - own.toNanos() / 1e9;
    }

    private static void awaitSink(@Nullable DestinationSink sink, long events) throws IOException {
        long until = System.nanoTime() + SINK_LIMIT.toNanos();
        while (sink != null && sink.events() < events) {
            if (System.nanoTime() > until) {
                throw new IOException("the destination did not deliver everything [delivered=" + sink.events()
                        + ", sent=" + events + "]");
            }
            LockSupport.parkNanos(100_000_000);
        }
    }

    private static void send(InputLoad load, List<ReceivingProcess> processes, int times)
            throws IOException, InterruptedException {
        List<IOException> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < processes.size(); i++) {
            ReceivingProcess process = processes.get(i);
            int share = times / processes.size() + (i < times % processes.size() ? 1 : 0);
            senders.add(Thread.ofPlatform().daemon().start(() -> {
                try {
                    load.send(process.address(), share);
                } catch (IOException e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread sender : senders) {
            sender.join();
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    private static Duration cpu(List<ReceivingProcess> processes) {
        return processes.stream().map(ReceivingProcess::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    private static long received(List<ReceivingProcess> processes) throws IOException {
        long received = 0;
        for (ReceivingProcess process : processes) {
            received += process.received();
        }
        return received;
    }

    private static String module(String input) {
        int at = input.indexOf("load=\"") + 6;
        return input.substring(at, input.indexOf('"', at));
    }

    private void add(String key, double value) {
        figures.computeIfAbsent(key, _ -> new ArrayList<>()).add(value);
        out.printf(Locale.ROOT, "%-24s %,12.2f%n", key, value);
        out.flush();
    }

    /// Not a number when nothing was measured.
    private double median(String key) {
        return CollectBenchmark.median(figures.getOrDefault(key, List.of()));
    }

    private static String text(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "–";
    }
}
