package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A collector and a centre of their own, with a wire that can be cut before and behind the collector:
///
/// ```
/// sender → relay → collector (RELP, its own log) → relay → storage of the centre
///                                          └─────→ correlator, where a scenario needs it
/// ```
///
/// Thread-safety: one thread.
public final class FaultSite {
    /// The collector that takes the numbered events.
    static final String INPUT = "fault";

    /// The rule of the correlator.
    static final String HUNDREDTH = "every-hundredth";

    private static final int PORTS = 8;
    private static final Duration DELIVERED = Duration.ofMinutes(1);

    private final Path folder;
    private final Path centreData;
    private final SiteProcess centre;
    private final SiteProcess collector;
    private final @Nullable SiteProcess correlator;
    private final NetworkRelay toCollector;
    private final NetworkRelay toStorage;
    private final int garbagePort;
    private final int servicePort;
    private LongSupplier sent = () -> 0;
    private long faultOverNanos;
    private long sentBefore;

    private FaultSite(
            Path folder,
            Path centreData,
            SiteProcess centre,
            SiteProcess collector,
            @Nullable SiteProcess correlator,
            NetworkRelay toCollector,
            NetworkRelay toStorage,
            int garbagePort,
            int servicePort) {
        this.folder = folder;
        this.centreData = centreData;
        this.centre = centre;
        this.collector = collector;
        this.correlator = correlator;
        this.toCollector = toCollector;
        this.toStorage = toStorage;
        this.garbagePort = garbagePort;
        this.servicePort = servicePort;
    }

    /// Starts everything in an empty folder.
    ///
    /// @param correlating whether the collector sends to a correlator as well
    static FaultSite start(Path folder, boolean correlating) throws IOException, InterruptedException {
        List<Integer> ports = freePorts(PORTS);
        int storage = ports.get(0);
        int relp = ports.get(1);
        int garbage = ports.get(2);
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("fault.yaml"), """
                kind: collector
                name: %s
                spec:
                  connector: { type: relp, listen: "127.0.0.1:%d" }
                  normalizer: syslog
                  destinations: [ %s ]
                ---
                kind: collector
                name: garbage
                spec:
                  connector: { type: tcp, listen: "127.0.0.1:%d" }
                  normalizer: syslog
                  destinations: [ storage ]
                ---
                kind: buffer
                name: events
                spec: { segmentSize: 256KiB }
                ---
                kind: rule
                name: %s
                spec:
                  type: simple
                  description: One finding for each hundredth numbered event.
                  selectors: [ { filter: "Message contains 'run=' AND Message contains '00 end'" } ]
                  actions: { onEveryEvent: { alert: false } }
                """.formatted(
                        INPUT, relp, correlating ? "storage, correlator" : "storage", garbage, HUNDREDTH));
        Path centreData = folder.resolve("centre");
        SiteProcess centre = SiteProcess.start(
                "centre",
                folder,
                List.of("up", "--data", centreData.toString()),
                Map.of(
                        "TOCSIN_HTTP_LISTEN", "127.0.0.1:" + ports.get(3),
                        "TOCSIN_SYSLOG_LISTEN", "127.0.0.1:" + ports.get(4),
                        "TOCSIN_STORAGE_LISTEN", "127.0.0.1:" + storage,
                        "TOCSIN_INTAKE_LISTEN", "127.0.0.1:" + ports.get(6)));
        NetworkRelay toStorage = new NetworkRelay(storage);
        NetworkRelay toCollector = new NetworkRelay(relp);
        List<String> arguments = new ArrayList<>(
                List.of("collector", "--data", collectorData(folder).toString()));
        arguments.addAll(List.of("--resources", resources.toString()));
        arguments.addAll(List.of(
                "--secret-file", centreData.resolve("installation.secret").toString()));
        arguments.addAll(List.of("--listen", "127.0.0.1:" + ports.get(5)));
        arguments.addAll(List.of("--reserve-megabytes", "16"));
        arguments.addAll(List.of("--storage", "http://127.0.0.1:" + toStorage.port()));
        SiteProcess correlator = null;
        try {
            if (correlating) {
                correlator = SiteProcess.start(
                        "correlator",
                        folder,
                        List.of(
                                "correlator",
                                "--data",
                                folder.resolve("correlator").toString(),
                                "--resources",
                                resources.toString(),
                                "--secret-file",
                                centreData.resolve("installation.secret").toString(),
                                "--listen",
                                "127.0.0.1:" + ports.get(7),
                                "--storage",
                                "http://127.0.0.1:" + storage,
                                "--alerts",
                                "http://127.0.0.1:" + ports.get(6)),
                        Map.of());
                arguments.addAll(List.of("--correlator", "http://127.0.0.1:" + ports.get(7)));
            }
            SiteProcess collector = SiteProcess.start("collector", folder, arguments, Map.of());
            return new FaultSite(
                    folder, centreData, centre, collector, correlator, toCollector, toStorage, garbage, ports.get(5));
        } catch (IOException | InterruptedException e) {
            if (correlator != null) {
                correlator.close();
            }
            centre.close();
            throw e;
        }
    }

    /// Held all at once, so that none is given twice.
    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    /// Folder for what scenarios need.
    Path folder() {
        return folder;
    }

    /// Resources of the collector, which it looks at all the time.
    Path resources() {
        return folder.resolve("resources");
    }

    /// Data folder of the collector.
    Path collectorData() {
        return collectorData(folder);
    }

    private static Path collectorData(Path folder) {
        return folder.resolve("collector");
    }

    /// The log of the collector.
    Path collectorLog() {
        return collectorData(folder).resolve("collector").resolve("log");
    }

    /// Data folder of the centre, which answers questions.
    Path centreData() {
        return centreData;
    }

    SiteProcess centre() {
        return centre;
    }

    SiteProcess collector() {
        return collector;
    }

    /// Only where a scenario needs it.
    SiteProcess correlator() {
        return Objects.requireNonNull(correlator);
    }

    /// The wire between sender and collector.
    NetworkRelay toCollector() {
        return toCollector;
    }

    /// The wire between collector and storage.
    NetworkRelay toStorage() {
        return toStorage;
    }

    /// Where a sender sends.
    InetSocketAddress input() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), toCollector.port());
    }

    /// A plain TCP listener of the same collector process.
    InetSocketAddress garbageInput() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), garbagePort);
    }

    /// The sum of a metric of the collector over all its labels; 0 when it does not exist.
    ///
    /// @throws IOException when the collector does not answer
    long metric(String name) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + servicePort + "/metrics"))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            double sum = client.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf('}') + 1)
                            .replace(name, "")
                            .strip()
                            .split(" ", 2)[0]))
                    .sum();
            return Math.round(sum);
        }
    }

    /// Waits until nobody waits for anything in the log that the collector has now.
    void awaitDelivered() throws IOException, InterruptedException {
        long until = System.nanoTime() + DELIVERED.toNanos();
        while (metric("tocsin_log_backlog_events") > 0) {
            if (System.nanoTime() > until) {
                throw new IOException("the collector does not deliver what it has");
            }
            Thread.sleep(100);
        }
    }

    /// @param counter how many events were sent, from now on
    void counting(LongSupplier counter) {
        sent = counter;
    }

    /// From now on everything has to mend.
    void faultOver() {
        faultOverNanos = System.nanoTime();
        sentBefore = sent.getAsLong();
    }

    /// How many events were sent before the fault was over.
    long sentBefore() {
        return sentBefore;
    }

    long faultOverNanos() {
        return faultOverNanos;
    }

    /// Ends everything.
    void close() throws IOException, InterruptedException {
        toCollector.close();
        toStorage.close();
        collector.close();
        if (correlator != null) {
            correlator.close();
        }
        centre.close();
    }
}
