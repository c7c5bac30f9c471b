package io.tocsin.app.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One of two ways of a destination breaks and stays broken; the events have to go the other way. Both lead to the same
/// storage, so what was on its way when it broke would be stored twice if it were not recognised.
///
/// Thread-safety: one thread.
final class BreakTarget implements FaultScenario {
    /// The collector that takes the numbered events.
    static final String INPUT = "switched";

    private final NetworkRelay.Mode mode;
    private @Nullable NetworkRelay first;
    private @Nullable NetworkRelay second;
    private @Nullable SiteProcess collector;
    private int port;

    /// @param mode `REFUSING` or `SILENT`
    BreakTarget(NetworkRelay.Mode mode) {
        this.mode = mode;
    }

    @Override
    public String name() {
        return "target-" + mode.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String what() {
        return "of two addresses of a destination, the one in use "
                + (mode == NetworkRelay.Mode.SILENT ? "falls silent" : "refuses")
                + " and stays so";
    }

    @Override
    public Duration bound() {
        return mode == NetworkRelay.Mode.SILENT ? Duration.ofSeconds(15) : Duration.ofSeconds(1);
    }

    @Override
    public Recovery recoversWhen() {
        return Recovery.STORED_WITHOUT_PAUSE;
    }

    @Override
    public void prepare(FaultSite site) throws IOException, InterruptedException {
        first = new NetworkRelay(site.toStorage().port());
        second = new NetworkRelay(site.toStorage().port());
        List<Integer> ports = FaultSite.freePorts(2);
        port = ports.getFirst();
        Path folder = Files.createDirectories(site.folder().resolve(name()));
        Path resources = Files.createDirectories(folder.resolve("resources"));
        Files.writeString(resources.resolve("switched.yaml"), """
                kind: destination
                name: centre
                spec: { type: storage, urls: [ "http://127.0.0.1:%d", "http://127.0.0.1:%d" ], policy: any }
                ---
                kind: collector
                name: %s
                spec:
                  connector: { type: relp, listen: "127.0.0.1:%d" }
                  normalizer: syslog
                  destinations: [ centre ]
                """.formatted(first.port(), second.port(), INPUT, port));
        collector = SiteProcess.start(
                INPUT,
                folder,
                List.of(
                        "collector",
                        "--data",
                        folder.resolve("data").toString(),
                        "--resources",
                        resources.toString(),
                        "--secret-file",
                        site.centreData().resolve("installation.secret").toString(),
                        "--listen",
                        "127.0.0.1:" + ports.getLast(),
                        "--reserve-megabytes",
                        "16"),
                Map.of());
    }

    @Override
    public InetSocketAddress input(FaultSite site) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void run(FaultSite site) {
        Objects.requireNonNull(first).mode(mode);
        site.faultOver();
    }

    private static void closed(NetworkRelay relay) {
        try {
            relay.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void finish(FaultSite site) throws InterruptedException {
        if (collector != null) {
            collector.close();
            collector = null;
        }
        for (NetworkRelay relay : new NetworkRelay[] {first, second}) {
            if (relay != null) {
                closed(relay);
            }
        }
        first = null;
        second = null;
    }
}
