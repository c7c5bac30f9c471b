package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A second way into the storage of a site, through brokers, with collectors of its own:
///
/// ```
/// sender → collector (RELP, its own log) → three brokers → forwarder (another one) → storage
/// ```
///
/// Thread-safety: one thread.
final class BrokerWay {
    /// The collector that takes the numbered events.
    static final String INPUT = "brokered";

    private final KafkaBrokers brokers;
    private final SiteProcess forwarder;
    private final SiteProcess collector;
    private final int port;

    private BrokerWay(KafkaBrokers brokers, SiteProcess forwarder, SiteProcess collector, int port) {
        this.brokers = brokers;
        this.forwarder = forwarder;
        this.collector = collector;
        this.port = port;
    }

    /// @param distribution of Kafka
    static BrokerWay start(FaultSite site, Path distribution) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(site.folder().resolve("brokers"));
        KafkaBrokers brokers = KafkaBrokers.start(distribution, folder);
        SiteProcess forwarder = null;
        try {
            String list = brokers.addresses().stream()
                    .map(address -> '"' + address + '"')
                    .collect(Collectors.joining(", "));
            forwarder = collector(site, folder, "forwarder", """
                    kind: collector
                    name: forwarder
                    spec:
                      connector:
                        type: kafka
                        brokers: [ %s ]
                        topics: %s
                        group: forwarder
                        format: batch
                        commit: delivered
                      destinations: [ storage ]
                    """.formatted(list, KafkaBrokers.TOPIC));
            int port = FaultSite.freePorts(1).getFirst();
            SiteProcess collector =
                    collector(site, folder, INPUT, """
                    kind: destination
                    name: brokers
                    spec: { type: kafka, brokers: [ %s ], topic: %s, format: batch }
                    ---
                    kind: collector
                    name: %s
                    spec:
                      connector: { type: relp, listen: "127.0.0.1:%d" }
                      normalizer: syslog
                      destinations: [ brokers ]
                    """.formatted(list, KafkaBrokers.TOPIC, INPUT, port));
            return new BrokerWay(brokers, forwarder, collector, port);
        } catch (IOException | InterruptedException e) {
            if (forwarder != null) {
                forwarder.close();
            }
            brokers.close();
            throw e;
        }
    }

    private static SiteProcess collector(FaultSite site, Path folder, String name, String yaml)
            throws IOException, InterruptedException {
        Path resources = Files.createDirectories(folder.resolve(name + "-resources"));
        Files.writeString(resources.resolve(name + ".yaml"), yaml);
        return SiteProcess.start(
                name,
                folder,
                List.of(
                        "collector",
                        "--data",
                        folder.resolve(name).toString(),
                        "--resources",
                        resources.toString(),
                        "--secret-file",
                        site.centreData().resolve("installation.secret").toString(),
                        "--listen",
                        "127.0.0.1:" + FaultSite.freePorts(1).getFirst(),
                        "--reserve-megabytes",
                        "16",
                        "--storage",
                        "http://127.0.0.1:" + site.toStorage().port()),
                Map.of());
    }

    /// Where a sender sends.
    InetSocketAddress input() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    KafkaBrokers brokers() {
        return brokers;
    }

    /// Ends everything, in the order of the events.
    void close() throws InterruptedException {
        collector.close();
        forwarder.close();
        brokers.close();
    }
}
