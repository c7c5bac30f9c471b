package io.tocsin.app.bench.transport;

import io.tocsin.app.bench.CollectBenchmark;
import io.tocsin.app.bench.MeasuredProcess;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What it costs a collector that joins lines to be one of a pair, and to acknowledge only what the other one has as
/// well: the same events over RELP to a collector alone, to one of a pair that acknowledges what is in its own log,
/// and to one that acknowledges what is replicated. Each collector is a process of its own and forces its log to disk.
///
/// Thread-safety: one thread.
public final class PairBenchmark {
    private static final int WARM_UP_BLOCKS = 10;
    private static final int SINGLE_LINES = 400;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// How a row is run.
    private enum Mode {
        ALONE,
        LOCAL,
        REPLICATED
    }

    private final Path folder;
    private final int blocks;
    private final int rounds;
    private final PrintWriter out;
    private final Map<String, List<Double>> figures = new TreeMap<>();

    /// @param folder for logs; must exist
    /// @param events events of each round, rounded up to blocks of 50,000
    public PairBenchmark(Path folder, long events, int rounds, PrintWriter out) {
        this.folder = folder;
        this.blocks = (int) Math.max(1, (events + SyslogBlock.LINES - 1) / SyslogBlock.LINES);
        this.rounds = rounds;
        this.out = out;
    }

    /// Measures and prints: medians over the rounds.
    ///
    /// @throws IOException when a collector does not start, or refuses
    public void run() throws IOException, InterruptedException {
        out.printf(
                Locale.ROOT,
                "%,d events of %.0f bytes (RFC 5424, RELP, lines are joined) a round, %d rounds, medians%n",
                blocks * SyslogBlock.LINES,
                SyslogBlock.meanBytes(),
                rounds);
        for (int round = 0; round < rounds; round++) {
            for (Mode mode : Mode.values()) {
                measure(mode);
            }
        }
        out.println();
        out.println("| Collector | Events per CPU-second of the one that receives | CPU of the other one"
                + " | Events per second | One line acknowledged, median | 99 % |");
        out.println("|---|---|---|---|---|---|");
        for (Mode mode : Mode.values()) {
            double cpu = median(mode, "cpu");
            double other = median(mode, "other");
            out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %s | %,.0f | %.2f ms | %.2f ms |%n",
                    name(mode),
                    median(mode, "events") / cpu,
                    mode == Mode.ALONE ? "–" : String.format(Locale.ROOT, "%.0f %%", other / cpu * 100),
                    median(mode, "events") / median(mode, "wall"),
                    median(mode, "middle"),
                    median(mode, "late"));
        }
        out.flush();
    }

    private static String name(Mode mode) {
        return switch (mode) {
            case ALONE -> "alone";
            case LOCAL -> "one of a pair, `local`";
            case REPLICATED -> "one of a pair, `replicated`";
        };
    }

    private void measure(Mode mode) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory(folder, "pair");
        Files.writeString(home.resolve("secret"), "5".repeat(64) + "\n");
        Files.writeString(Files.createDirectory(home.resolve("resources")).resolve("joining.yaml"), """
                kind: destination
                name: output
                spec: { type: file, path: "${JOINING_OUTPUT}", format: raw }
                ---
                kind: collector
                name: joining
                spec:
                  connector: { type: relp, listen: "127.0.0.1:${JOINING_PORT}", receiveBuffer: 4MiB }
                  assemble: { start: '^<', idleTimeout: 1s }
                  normalizer: syslog
                  destinations: [ output ]
                """);
        int pairPort = CollectBenchmark.freePort();
        List<Side> sides = new ArrayList<>();
        try {
            sides.add(start(home, 0, mode, List.of("--pair-listen", "127.0.0.1:" + pairPort)));
            if (mode != Mode.ALONE) {
                sides.add(start(home, 1, mode, List.of("--pair", "127.0.0.1:" + pairPort)));
            }
            Side receiving = sides.getFirst();
            awaitState(receiving, mode == Mode.ALONE ? null : "keeper|helper");
            if (mode != Mode.ALONE && !state(receiving).equals("keeper")) {
                receiving = sides.getLast();
                awaitState(receiving, "keeper");
            }
            measure(mode, receiving, sides);
        } finally {
            for (Side side : sides) {
                side.close();
            }
        }
    }

    private void measure(Mode mode, Side receiving, List<Side> sides) throws IOException {
        InetSocketAddress target = new InetSocketAddress("127.0.0.1", receiving.port);
        RelpLoad load = new RelpLoad();
        load.send(target, WARM_UP_BLOCKS);
        sides.forEach(side -> side.measured.awaitIdle(PATIENCE));
        Duration cpu = receiving.measured.cpu();
        Duration other = others(receiving, sides);
        long start = System.nanoTime();
        load.send(target, blocks);
        double wall = (System.nanoTime() - start) / 1e9;
        sides.forEach(side -> side.measured.awaitIdle(PATIENCE));
        add(mode, "events", (double) blocks * SyslogBlock.LINES);
        add(mode, "cpu", seconds(receiving.measured.cpu().minus(cpu)));
        add(mode, "other", seconds(others(receiving, sides).minus(other)));
        add(mode, "wall", wall);
        double[] millis = acknowledgements(target);
        Arrays.sort(millis);
        add(mode, "middle", millis[millis.length / 2]);
        add(mode, "late", millis[millis.length * 99 / 100]);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private static Duration others(Side receiving, List<Side> sides) {
        return sides.stream()
                .filter(side -> !side.equals(receiving))
                .map(side -> side.measured.cpu())
                .reduce(Duration.ZERO, Duration::plus);
    }

    /// Milliseconds from a line to its acknowledgement, one after another.
    private static double[] acknowledgements(InetSocketAddress target) throws IOException {
        double[] millis = new double[SINGLE_LINES];
        try (Socket socket = new Socket(target.getAddress(), target.getPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            OutputStream to = socket.getOutputStream();
            InputStream from = new BufferedInputStream(socket.getInputStream());
            String offer = "relp_version=0\nrelp_software=tocsin-bench\ncommands=syslog";
            exchange(to, from, "1 open " + offer.length() + " " + offer + "\n");
            for (int i = 0; i < SINGLE_LINES; i++) {
                byte[] line = SyslogBlock.lines().get(i);
                long start = System.nanoTime();
                exchange(
                        to,
                        from,
                        (i + 2) + " syslog " + line.length + " " + new String(line, StandardCharsets.US_ASCII) + "\n");
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        return millis;
    }

    /// Sends a frame and reads the answer: `number rsp length data`.
    private static void exchange(OutputStream to, InputStream from, String frame) throws IOException {
        to.write(frame.getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        for (int spaces = 0; spaces < 3; ) {
            int read = from.read();
            if (read < 0) {
                throw new EOFException("the collector ended the connection");
            }
            spaces += read == ' ' ? 1 : 0;
            head.append((char) read);
        }
        String[] words = head.toString().split(" ", -1);
        String answer = new String(from.readNBytes(Integer.parseInt(words[2])), StandardCharsets.US_ASCII);
        if (!answer.startsWith("200") || from.read() != '\n') {
            throw new IOException("the collector refuses [answer=" + answer + "]");
        }
    }

    // ---- Processes ------------------------------------------------------------------------------------------------

    /// One collector.
    ///
    /// @param port where it takes events
    /// @param service where it says how it is
    private record Side(Process process, MeasuredProcess measured, int port, int service) {
        void close() throws InterruptedException {
            process.destroy();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private static Side start(Path home, int number, Mode mode, List<String> pairing) throws IOException {
        int port = CollectBenchmark.freePort();
        int service = CollectBenchmark.freePort();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("tocsin.home"), "tocsin").toString(),
                "collector",
                "--data",
                home.resolve("side-" + number).toString(),
                "--secret-file",
                home.resolve("secret").toString(),
                "--resources",
                home.resolve("resources").toString(),
                "--listen",
                "127.0.0.1:" + service));
        if (mode != Mode.ALONE) {
            command.addAll(pairing);
            command.addAll(List.of("--pair-acknowledge", mode.name().toLowerCase(Locale.ROOT)));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(home.resolve("errors-" + number).toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("JOINING_PORT", Integer.toString(port));
        Path output = Files.createDirectory(home.resolve("output-" + number));
        builder.environment().put("JOINING_OUTPUT", output.toString());
        Process process = builder.start();
        return new Side(process, new MeasuredProcess(process.toHandle()), port, service);
    }

    /// @param wanted states of a pair, separated by `|`; null: that it answers
    private static void awaitState(Side side, @Nullable String wanted) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String state = state(side);
            if (wanted == null
                    ? !state.isEmpty()
                    : List.of(wanted.split("\\|", -1)).contains(state)) {
                return;
            }
            if (!side.process.isAlive() || System.nanoTime() > until) {
                throw new IOException("a collector does not become ready [state=" + state + "]");
            }
            Thread.sleep(100);
        }
    }

    /// Of its pair; `none` when it is not one of a pair, empty when it does not answer.
    private static String state(Side side) throws InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + side.service + "/metrics");
        try (HttpClient client = HttpClient.newHttpClient()) {
            String metrics = client.send(
                            HttpRequest.newBuilder(address).timeout(PATIENCE).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            return metrics.lines()
                    .filter(line -> line.startsWith("tocsin_pair_state{") && line.endsWith(" 1"))
                    .map(line -> line.replaceAll(".*state=\"([a-z]+)\".*", "$1"))
                    .findFirst()
                    .orElse("none");
        } catch (IOException notYet) {
            return "";
        }
    }

    private void add(Mode mode, String what, double value) {
        figures.computeIfAbsent(mode + " " + what, _ -> new ArrayList<>()).add(value);
        out.printf(Locale.ROOT, "%-24s %,14.3f%n", mode + " " + what, value);
        out.flush();
    }

    private double median(Mode mode, String what) {
        return CollectBenchmark.median(figures.getOrDefault(mode + " " + what, List.of()));
    }
}
