package io.tocsin.acceptance;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/// Identical collectors on `127.0.0.1`, `127.0.0.2`, … with the same ports, which deliver to one storage.
final class CollectorSite implements AutoCloseable {
    private static final String NUMBER = "toUInt64OrZero(extract(Message, ' n=([0-9]+)'))";

    final TocsinProcess centre;
    final List<ServiceProcess> collectors = new ArrayList<>();
    final int tcpPort = FreePorts.next();
    final int udpPort = FreePorts.next();
    /// Of lines behind a PROXY header.
    final int proxiedPort = FreePorts.next();
    final int relpPort = FreePorts.next();
    /// Of the endpoint of each collector.
    final int healthPort = FreePorts.next();
    private final Path folder;

    /// Starts the storage and as many collectors.
    CollectorSite(Path folder, int count) throws IOException {
        this.folder = folder;
        int storagePort = FreePorts.next();
        centre = new TocsinProcess(folder.resolve("centre"))
                .with("TOCSIN_STORAGE_LISTEN", "127.0.0.1:" + storagePort)
                .start();
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("front.yaml"), """
                kind: collector
                name: front
                spec:
                  connector: { type: tcp, listen: "${FRONT_HOST}:%d" }
                  normalizer: syslog
                  destinations: [ storage ]
                ---
                kind: collector
                name: front-udp
                spec:
                  connector: { type: udp, listen: "${FRONT_HOST}:%d" }
                  normalizer: syslog
                  destinations: [ storage ]
                ---
                kind: collector
                name: front-proxied
                spec:
                  connector:
                    type: tcp
                    listen: "${FRONT_HOST}:%d"
                    proxyProtocol: true
                    trustedProxies: [ 127.0.0.1 ]
                  normalizer: syslog
                  destinations: [ storage ]
                ---
                kind: collector
                name: front-relp
                spec:
                  connector: { type: relp, listen: "${FRONT_HOST}:%d" }
                  normalizer: syslog
                  destinations: [ storage ]
                """.formatted(tcpPort, udpPort, proxiedPort, relpPort));
        for (int i = 0; i < count; i++) {
            collectors.add(new ServiceProcess(
                    "collector",
                    Files.createDirectories(folder.resolve("logs-" + i)),
                    Map.of("FRONT_HOST", host(i)),
                    "--data",
                    data(i).toString(),
                    "--secret-file",
                    centre.data.resolve("installation.secret").toString(),
                    "--resources",
                    resources.toString(),
                    "--listen",
                    host(i) + ":" + healthPort,
                    "--storage",
                    "http://127.0.0.1:" + storagePort));
        }
        try {
            collectors.forEach(ServiceProcess::begin);
            collectors.forEach(ServiceProcess::awaitReady);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    static String host(int collector) {
        return "127.0.0." + (collector + 1);
    }

    Path data(int collector) {
        return folder.resolve("collector-" + collector);
    }

    /// `--collector` options for the first of them, all with this port.
    List<String> options(int count, int port) {
        List<String> options = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            options.addAll(List.of("--collector", host(i) + ":" + port));
        }
        return options;
    }

    /// What is stored of a run of numbered lines.
    ///
    /// @param stored lines
    /// @param distinct different numbers among them
    /// @param byCollector lines of each collector
    record Stored(long stored, long distinct, List<Long> byCollector) {
        Stored {
            byCollector = List.copyOf(byCollector);
        }

        long twice() {
            return stored - distinct;
        }
    }

    Stored stored(String run) {
        return stored(run, 0, Long.MAX_VALUE);
    }

    /// Of the numbers in `[first, last)`.
    Stored stored(String run, long first, long last) {
        List<Long> byCollector = new ArrayList<>();
        StringBuilder columns = new StringBuilder("count(), uniqExact(n)");
        for (int i = 0; i < collectors.size(); i++) {
            columns.append(", countIf(ListenAddress = '").append(host(i)).append("')");
        }
        JsonNode row = centre.search("SELECT " + columns + " FROM (SELECT ListenAddress, " + NUMBER
                        + " AS n FROM events WHERE ServiceName LIKE 'front%' AND Message LIKE '%run=" + run + " %')"
                        + " WHERE n >= " + first + " AND n < " + last)
                .path(0);
        for (int i = 0; i < collectors.size(); i++) {
            byCollector.add(row.path(2 + i).asLong());
        }
        return new Stored(row.path(0).asLong(), row.path(1).asLong(), byCollector);
    }

    /// The numbers below a bound of which nothing is stored.
    List<Long> missing(String run, long bound) {
        Set<Long> missing = new TreeSet<>();
        for (long number = 0; number < bound; number++) {
            missing.add(number);
        }
        for (JsonNode row : centre.search("SELECT DISTINCT " + NUMBER
                + " FROM events WHERE ServiceName LIKE 'front%' AND Message LIKE '%run=" + run + " %'")) {
            missing.remove(row.path(0).asLong());
        }
        return List.copyOf(missing);
    }

    /// Waits until nothing more of the run comes, at most as long as given, and until `wanted` numbers are there.
    Stored settled(String run, long wanted, Duration limit) {
        Stored[] last = {stored(run)};
        try {
            Awaitility.await()
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> {
                        last[0] = stored(run);
                        return last[0].distinct() >= wanted;
                    });
        } catch (org.awaitility.core.ConditionTimeoutException less) {
            // The caller says what was to be there.
        }
        return last[0];
    }

    @Override
    public void close() {
        collectors.forEach(ServiceProcess::close);
        centre.close();
    }
}
