package io.tocsin.app.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// CEF over syslog over one TCP connection: our collector into its durable log beside rsyslog with its C parser
/// into nothing, and beside rsyslog that leaves CEF unparsed, in turn, in one run. The figure is events per second
/// of CPU time of the receiving process.
public final class CollectBenchmark {
    private static final int BLOCK_LINES = 200_000;
    private static final int WARM_UP_BLOCKS = 20;
    /// Header and CEF, all fields.
    private static final String PARSING = "\"rule=:<%pri:number%>%date:date-rfc3164% %host:word% %f:cef%\"";
    /// What looks right and is not: rsyslog takes `CEF:` for the tag, so these rules meet the text behind it,
    /// understand nothing and pass it on as `unparsed-data`. Kept because figures of rsyslog with CEF are made so.
    private static final String UNPARSING = "\"rule=:%f:cef%\", \"rule=: %f:cef%\"";
    private static final Path RSYSLOG = Path.of("/usr/sbin/rsyslogd");

    private final Path folder;
    private final int times;
    private final PrintWriter out;
    private final ByteBuffer block = TrafficLines.block(BLOCK_LINES, 1);

    private record Figure(String name, double wallSeconds, double cpuSeconds, double eventsPerCpuSecond) {}

    /// @param folder for logs; must exist
    /// @param lines lines to send in each round; rounded up to whole blocks of 200,000
    public CollectBenchmark(Path folder, long lines, PrintWriter out) {
        this.folder = folder;
        this.times = (int) Math.max(1, (lines + BLOCK_LINES - 1) / BLOCK_LINES);
        this.out = out;
    }

    /// Runs the rounds and prints each figure, then medians and their ratio.
    public void run(int rounds) throws IOException {
        out.printf(
                Locale.ROOT,
                "%d lines of %.0f bytes a round%n",
                (long) times * BLOCK_LINES,
                block.limit() / (double) BLOCK_LINES);
        List<Double> ours = new ArrayList<>();
        List<Double> unforced = new ArrayList<>();
        List<Double> peers = new ArrayList<>();
        List<Double> unparsing = new ArrayList<>();
        boolean peer = Files.isExecutable(RSYSLOG)
                && Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/rsyslog/mmnormalize.so"));
        for (int round = 0; round < rounds; round++) {
            ours.add(print(tocsin("group")).eventsPerCpuSecond());
            unforced.add(print(tocsin("none")).eventsPerCpuSecond());
            if (peer) {
                peers.add(print(rsyslog("rsyslog", PARSING, true)).eventsPerCpuSecond());
                unparsing.add(
                        print(rsyslog("rsyslog unparsed", UNPARSING, false)).eventsPerCpuSecond());
            }
        }
        double median = median(ours);
        out.printf(
                Locale.ROOT,
                "median tocsin %.0f events per CPU-second; forcing to disk costs %.1f %%%n",
                median,
                (median(unforced) / median - 1) * 100);
        if (peer) {
            out.printf(
                    Locale.ROOT,
                    "median rsyslog %.0f events per CPU-second; tocsin / rsyslog = %.2f%n",
                    median(peers),
                    median / median(peers));
            out.printf(
                    Locale.ROOT,
                    "median rsyslog that leaves CEF unparsed %.0f; tocsin / rsyslog = %.2f%n",
                    median(unparsing),
                    median / median(unparsing));
        } else {
            out.println("rsyslog with mmnormalize is not installed (Debian package rsyslog): no peer beside us");
        }
        out.flush();
    }

    private Figure print(Figure figure) {
        out.printf(
                Locale.ROOT,
                "%-16s wall %6.2f s  cpu %6.2f s  %9.0f events per CPU-second%n",
                figure.name(),
                figure.wallSeconds(),
                figure.cpuSeconds(),
                figure.eventsPerCpuSecond());
        out.flush();
        return figure;
    }

    private Figure tocsin(String sync) throws IOException {
        int port = freePort();
        Path data = Files.createTempDirectory(folder, "collect");
        ProcessBuilder command = new ProcessBuilder(
                Path.of(System.getProperty("tocsin.home"), "tocsin").toString(),
                "bench",
                "receive",
                "--connector",
                "{ type: tcp, listen: \"127.0.0.1:" + port + "\", framing: auto }",
                "--sync",
                sync,
                "--folder",
                data.toString());
        command.redirectError(ProcessBuilder.Redirect.INHERIT).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        return measure("tocsin " + sync, command, port);
    }

    /// @param rules of mmnormalize
    /// @param wholeMessage true: the rules see the message with its syslog header
    private Figure rsyslog(String name, String rules, boolean wholeMessage) throws IOException {
        int port = freePort();
        Path work = Files.createTempDirectory(folder, "rsyslog");
        Path config = work.resolve("rsyslog.conf");
        Files.writeString(config, """
                global(workDirectory="%s")
                module(load="imptcp")
                module(load="mmnormalize")
                template(name="all" type="list") { property(name="$!all-json-plain") constant(value="\\n") }
                ruleset(name="receive" queue.type="direct") {
                  action(type="mmnormalize" useRawMsg="%s" rule=[%s])
                  action(type="omfile" file="/dev/null" template="all" asyncWriting="off")
                }
                input(type="imptcp" port="%d" ruleset="receive")
                """.formatted(work, wholeMessage ? "on" : "off", rules, port));
        ProcessBuilder command = new ProcessBuilder(
                RSYSLOG.toString(),
                "-n",
                "-f",
                config.toString(),
                "-i",
                work.resolve("pid").toString());
        command.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        return measure(name, command, port);
    }

    private Figure measure(String name, ProcessBuilder command, int port) throws IOException {
        InetSocketAddress target = new InetSocketAddress("127.0.0.1", port);
        try (Receiver receiver = Receiver.start(command, target, true)) {
            receiver.awaitIdle(Duration.ofSeconds(20));
            // A collector runs for months: what is measured is not its compiler.
            TrafficSender.sendAll(target, block, WARM_UP_BLOCKS);
            receiver.awaitIdle(Duration.ofSeconds(20));
            Duration before = receiver.cpu();
            long nanos = TrafficSender.sendAll(target, block, times);
            receiver.awaitIdle(Duration.ofSeconds(60));
            double cpu = receiver.cpu().minus(before).toNanos() / 1e9;
            return new Figure(name, nanos / 1e9, cpu, (double) times * BLOCK_LINES / cpu);
        }
    }

    /// A port of the loopback address that nobody listens on.
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// The middle value; not a number when there is none.
    public static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted.length == 0 ? Double.NaN : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    static double percentile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    }
}
