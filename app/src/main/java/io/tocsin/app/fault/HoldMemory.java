package io.tocsin.app.fault;

import io.tocsin.app.fault.UnfinishedEvents.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Another peer holds as much memory of the collector as it gets, with events that do not end.
record HoldMemory() implements FaultScenario {
    private static final int CONNECTIONS = 5_000;
    private static final int BYTES = (1 << 20) - 1;
    private static final String HEAP = "384m";
    private static final String RESOURCE = "unfinished.yaml";
    private static final Duration LENGTH = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String what() {
        return CONNECTIONS + " connections of one peer with an unfinished event of 1 MiB each, and a heap of " + HEAP;
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(1);
    }

    @Override
    public String obstacle(FaultSite site) {
        return openFiles() < CONNECTIONS + 1_000
                ? "a limit of " + (CONNECTIONS + 1_000) + " open files or more (ulimit -Hn)"
                : "";
    }

    /// The hard limit, which the processes of the site take.
    private static long openFiles() {
        try {
            return Files.readAllLines(Path.of("/proc/self/limits")).stream()
                    .filter(line -> line.startsWith("Max open files"))
                    .mapToLong(line -> Long.parseLong(line.split(" +", -1)[4]))
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException unknown) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public void prepare(FaultSite site) throws IOException, InterruptedException {
        site.collector().restartKilled(SiteProcess.Change.environment(Map.of("TOCSIN_HEAP", HEAP)));
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        List<Integer> ports = FaultSite.freePorts(2);
        Files.writeString(site.resources().resolve(RESOURCE), """
                kind: collector
                name: unfinished-relp
                spec:
                  connector: { type: relp, listen: "127.0.0.1:%d" }
                  normalizer: syslog
                  destinations: [ storage ]
                ---
                kind: collector
                name: unfinished-beats
                spec:
                  connector: { type: beats, listen: "127.0.0.1:%d" }
                  normalizer: json
                  destinations: [ storage ]
                """.formatted(ports.getFirst(), ports.getLast()));
        InetSocketAddress relp = new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.getFirst());
        InetSocketAddress beats = new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.getLast());
        RefusePeers.awaitListening(ports.getFirst());
        RefusePeers.awaitListening(ports.getLast());
        try (UnfinishedEvents unfinished = UnfinishedEvents.begin(
                InetAddress.getByName("127.0.0.2"),
                Map.of(Protocol.LINES, site.garbageInput(), Protocol.RELP, relp, Protocol.BEATS, beats),
                CONNECTIONS,
                BYTES)) {
            long from = System.nanoTime();
            while (System.nanoTime() - from < LENGTH.toNanos()
                    || site.metric("tocsin_collector_stalled_events_total") == 0) {
                if (System.nanoTime() - from > PATIENCE.toNanos()) {
                    throw new IOException("no connection was closed that held memory for nothing");
                }
                if (!unfinished.send()) {
                    TimeUnit.MILLISECONDS.sleep(50);
                }
            }
        }
        site.faultOver();
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        Files.deleteIfExists(site.resources().resolve(RESOURCE));
        site.collector().restartStopped();
    }
}
