package io.tocsin.app.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;

/// The whole SIEM under a steady load of syslog over TCP with the default rules: start time, idle memory, whether
/// everything is stored, and how long an event takes until a search finds it.
public final class UpBenchmark {
    private static final int BLOCK_LINES = 200_000;
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration IDLE_TIME = Duration.ofSeconds(10);

    private final Path data;
    private final PrintWriter out;

    /// Asks a running instance.
    public interface Query {
        /// The number that a query gives, -1 when there is no answer.
        long number(Path data, String sql);
    }

    /// @param data folder for the instance, made by it
    public UpBenchmark(Path data, PrintWriter out) {
        this.data = data;
        this.out = out;
    }

    /// Runs it once.
    public boolean run(int linesPerSecond, int seconds, Query query) throws IOException, InterruptedException {
        int http = CollectBenchmark.freePort();
        int syslog = CollectBenchmark.freePort();
        ProcessBuilder command = new ProcessBuilder(
                Path.of(System.getProperty("tocsin.home"), "tocsin").toString(), "up", "--data", data.toString());
        command.environment().put("TOCSIN_HTTP_LISTEN", "127.0.0.1:" + http);
        command.environment().put("TOCSIN_SYSLOG_LISTEN", "127.0.0.1:" + syslog);
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        long began = System.nanoTime();
        Process process = command.start();
        try {
            awaitReady(process);
            out.printf(Locale.ROOT, "ready after %.1f s%n", (System.nanoTime() - began) / 1e9);
            MeasuredProcess measured = new MeasuredProcess(process.toHandle());
            LockSupport.parkNanos(IDLE_TIME.toNanos());
            out.printf(Locale.ROOT, "resident memory of all processes, idle: %d MiB%n", measured.residentBytes() >> 20);
            return load(
                    new InetSocketAddress("127.0.0.1", syslog),
                    linesPerSecond,
                    seconds,
                    measured,
                    sql -> query.number(data, sql));
        } finally {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private boolean load(
            InetSocketAddress target,
            int linesPerSecond,
            int seconds,
            MeasuredProcess measured,
            ToLongFunction<String> query)
            throws IOException, InterruptedException {
        ByteBuffer block = TrafficLines.block(BLOCK_LINES, 2);
        List<Double> latencies = new ArrayList<>();
        AtomicBoolean done = new AtomicBoolean();
        Thread probing = Thread.ofPlatform().start(() -> probe(target, done, query, latencies));
        Duration cpuBefore = measured.cpu();
        long began = System.nanoTime();
        long sent = TrafficSender.sendPaced(target, block, BLOCK_LINES, linesPerSecond, seconds);
        double sending = (System.nanoTime() - began) / 1e9;
        done.set(true);
        probing.join();
        String count = "SELECT count() FROM events WHERE DeviceProduct = 'Gate 600'";
        long stored = query.applyAsLong(count);
        long until = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (stored < sent && System.nanoTime() < until) {
            LockSupport.parkNanos(100_000_000);
            stored = query.applyAsLong(count);
        }
        double all = (System.nanoTime() - began) / 1e9;
        double cpu = measured.cpu().minus(cpuBefore).toNanos() / 1e9;
        double[] values = latencies.stream().mapToDouble(Double::doubleValue).toArray();
        out.printf(
                Locale.ROOT,
                "sent %d lines in %.1f s (%.0f a second), all searchable after %.1f s (%.0f a second)%n",
                sent,
                sending,
                sent / sending,
                all,
                sent / all);
        out.printf(
                Locale.ROOT,
                "stored %d, lost %d; %.1f s CPU, %.0f events per CPU-second%n",
                stored,
                sent - stored,
                cpu,
                sent / cpu);
        out.printf(
                Locale.ROOT,
                "searchable after: median %.0f ms, p99 %.0f ms of %d probes%n",
                CollectBenchmark.percentile(values, 0.5),
                CollectBenchmark.percentile(values, 0.99),
                values.length);
        out.printf(
                Locale.ROOT, "resident memory of all processes under load: %d MiB%n", measured.residentBytes() >> 20);
        out.flush();
        return stored == sent;
    }

    private static void probe(
            InetSocketAddress target, AtomicBoolean done, ToLongFunction<String> query, List<Double> latencies) {
        try (Socket socket = new Socket()) {
            socket.connect(target, 5000);
            OutputStream stream = socket.getOutputStream();
            for (int i = 0; !done.get(); i++) {
                stream.write(("<134>2026-01-01T00:00:00Z probe probe: marker-" + i + "\n")
                        .getBytes(StandardCharsets.US_ASCII));
                long began = System.nanoTime();
                while (query.applyAsLong(
                                        "SELECT count() FROM events WHERE Timestamp > now() - 60 AND DeviceHostName = 'probe'"
                                                + " AND Message = 'marker-" + i + "'")
                                < 1
                        && System.nanoTime() - began < 30_000_000_000L) {
                    // Asking costs what it measures: often enough for a tenth of a second is enough.
                    LockSupport.parkNanos(100_000_000);
                }
                latencies.add((System.nanoTime() - began) / 1e6);
                LockSupport.parkNanos(250_000_000);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// Returns when the process says that it is ready.
    static void awaitReady(Process process) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        long until = System.nanoTime() + START.toNanos();
        for (String line = lines.readLine(); line != null && System.nanoTime() < until; line = lines.readLine()) {
            if (line.startsWith("ready")) {
                return;
            }
        }
        throw new IOException("the instance did not start");
    }
}
