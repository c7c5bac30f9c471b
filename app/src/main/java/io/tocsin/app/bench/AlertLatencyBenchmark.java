package io.tocsin.app.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// How long after the last event that it needs an alert can be read over REST: a whole instance with the default rules
/// under a steady stream of a firewall, and in it break-ins by password, each from an address of its own.
public final class AlertLatencyBenchmark {
    private static final int BLOCK_LINES = 20_000;
    /// Of the beginning of a line, which is replaced by the time of now: `<189>Nov 10 00:00:00`.
    private static final int HEADER = 20;
    /// Failures that the shipped rule `ssh-brute-force` needs.
    private static final int FAILURES = 8;

    private static final long PROBE_PAUSE_NANOS = 150_000_000;
    private static final long TICK_NANOS = 10_000_000;
    private static final long POLL_NANOS = 5_000_000;
    private static final long LONGEST_NANOS = 30_000_000_000L;
    private static final int FIRST_PROBES = 10;

    private final Path data;
    private final @Nullable Path resources;
    private final PrintWriter out;

    /// Asks a running instance.
    @FunctionalInterface
    public interface Query {
        /// True when an alert speaks of the address.
        boolean isThere(Path data, String address);
    }

    /// @param data folder for the instance, made by it
    /// @param resources further rules; null for the shipped ones alone
    public AlertLatencyBenchmark(Path data, @Nullable Path resources, PrintWriter out) {
        this.data = data;
        this.resources = resources;
        this.out = out;
    }

    /// Runs it once.
    ///
    /// @return milliseconds within which 99 of 100 alerts could be read
    public double run(int linesPerSecond, int probes, Query query) throws IOException, InterruptedException {
        int syslog = CollectBenchmark.freePort();
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("tocsin.home"), "tocsin").toString(), "up", "--data", data.toString()));
        if (resources != null) {
            words.addAll(List.of("--resources", resources.toString()));
        }
        ProcessBuilder command = new ProcessBuilder(words);
        command.environment().put("TOCSIN_HTTP_LISTEN", "127.0.0.1:" + CollectBenchmark.freePort());
        command.environment().put("TOCSIN_SYSLOG_LISTEN", "127.0.0.1:" + syslog);
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = command.start();
        try {
            UpBenchmark.awaitReady(process);
            return measure(new InetSocketAddress("127.0.0.1", syslog), linesPerSecond, probes, query);
        } finally {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private double measure(InetSocketAddress target, int linesPerSecond, int probes, Query query)
            throws IOException, InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong sent = new AtomicLong();
        Thread stream = Thread.ofPlatform().start(() -> stream(target, linesPerSecond, done, sent));
        double[] latencies = new double[probes];
        long began = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(target, 5000);
            socket.setTcpNoDelay(true);
            // The first ones teach the machine.
            for (int i = -FIRST_PROBES; i < probes; i++) {
                double millis = probe(socket.getOutputStream(), i + FIRST_PROBES, query);
                if (i >= 0) {
                    latencies[i] = millis;
                }
            }
        } finally {
            done.set(true);
            stream.join();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        double worst = CollectBenchmark.percentile(latencies, 0.99);
        out.printf(
                Locale.ROOT,
                "alert in REST after its last event: median %.0f ms, p90 %.0f ms, p99 %.0f ms, longest %.0f ms"
                        + " of %d alerts, %.0f other events a second%n",
                CollectBenchmark.percentile(latencies, 0.5),
                CollectBenchmark.percentile(latencies, 0.9),
                worst,
                CollectBenchmark.percentile(latencies, 1),
                probes,
                sent.get() / seconds);
        out.flush();
        return worst;
    }

    /// Sends what makes an alert, and waits for it.
    private double probe(OutputStream to, int number, Query query) throws IOException {
        String address = "198.18." + number / 250 + "." + (1 + number % 250);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < FAILURES - 1; i++) {
            failure(lines, address, i);
        }
        to.write(lines.toString().getBytes(StandardCharsets.US_ASCII));
        // Apart from the last one, so that it alone decides.
        LockSupport.parkNanos(PROBE_PAUSE_NANOS);
        lines.setLength(0);
        failure(lines, address, FAILURES);
        to.write(lines.toString().getBytes(StandardCharsets.US_ASCII));
        long began = System.nanoTime();
        while (!query.isThere(data, address) && System.nanoTime() - began < LONGEST_NANOS) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        return (System.nanoTime() - began) / 1e6;
    }

    private static void failure(StringBuilder into, String address, int number) {
        into.append("<38>")
                .append(Instant.now().truncatedTo(ChronoUnit.MILLIS))
                .append(" bastion sshd[")
                .append(1000 + number)
                .append("]: Failed password for root from ")
                .append(address)
                .append(" port ")
                .append(50_000 + number)
                .append(" ssh2\n");
    }

    private static void stream(InetSocketAddress target, int linesPerSecond, AtomicBoolean done, AtomicLong sent) {
        ByteBuffer block = TrafficLines.block(BLOCK_LINES, 3);
        byte[] bytes = new byte[block.limit()];
        block.get(bytes);
        List<String> lines =
                new String(bytes, StandardCharsets.US_ASCII).lines().toList();
        try (Socket socket = new Socket()) {
            socket.connect(target, 5000);
            OutputStream to = socket.getOutputStream();
            long began = System.nanoTime();
            StringBuilder text = new StringBuilder();
            while (!done.get()) {
                long due = (long) ((System.nanoTime() - began) / 1e9 * linesPerSecond);
                String header = "<189>" + Instant.now().truncatedTo(ChronoUnit.MILLIS);
                text.setLength(0);
                while (sent.get() < due) {
                    String line = lines.get((int) (sent.getAndIncrement() % lines.size()));
                    text.append(header).append(line, HEADER, line.length()).append('\n');
                }
                to.write(text.toString().getBytes(StandardCharsets.US_ASCII));
                LockSupport.parkNanos(TICK_NANOS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the stream of other events ended", e);
        }
    }
}
