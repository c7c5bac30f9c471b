package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.time.SystemClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A log in a folder and collectors on it, for tests. Reads back what was logged.
///
/// Thread-safety: one thread.
final class Harness implements AutoCloseable {
    /// What a test wants to know of a logged event.
    record Logged(String raw, String source, boolean cut, boolean parseFailed, long sequence, String route) {}

    final DurableLog log;
    private final Path folder;
    private final List<CollectorTopology> open = new ArrayList<>();

    Harness(Path folder) {
        this(folder, LogOptions.defaults().withReserveBytes(0));
    }

    Harness(Path folder, LogOptions options) {
        this.folder = folder;
        this.log = DurableLog.open(folder.resolve("log"), options, SystemClock.process());
    }

    /// From now on nothing is let go of: a destination is known that has read nothing.
    void keepAll() {
        log.consumer("storage").close();
    }

    static CollectorConfig config(String yaml) {
        return config(yaml, new NormalizerLoader(ZoneOffset.UTC));
    }

    static CollectorConfig config(String yaml, NormalizerLoader normalizers) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("test.yaml", yaml, problems);
        problems.throwIfAny();
        CollectorConfig config = CollectorConfig.read(
                Objects.requireNonNull(node), normalizers, Set.of("storage", "correlator"), problems);
        problems.throwIfAny();
        return Objects.requireNonNull(config);
    }

    CollectorTopology start(String yaml) {
        return start(yaml, new NormalizerLoader(ZoneOffset.UTC));
    }

    CollectorTopology start(String yaml, NormalizerLoader normalizers) {
        CollectorTopology topology = CollectorTopology.open(
                config(yaml, normalizers), log, folder.resolve("positions"), SystemClock.process());
        topology.start();
        open.add(topology);
        return topology;
    }

    /// Starts collectors that know of each other, as those of one process do.
    List<CollectorTopology> startTogether(List<String> yamls) {
        List<CollectorTopology> together = new ArrayList<>();
        for (String yaml : yamls) {
            CollectorTopology topology =
                    CollectorTopology.open(config(yaml), log, folder.resolve("positions"), SystemClock.process());
            together.add(topology);
            open.add(topology);
        }
        for (CollectorTopology topology : together) {
            topology.others(together.stream()
                    .filter(other -> other != topology)
                    .map(CollectorTopology::config)
                    .toList());
            topology.start();
        }
        return together;
    }

    CollectorTopology startTcp(String more) {
        return startListening("tcp", more);
    }

    /// Starts a collector named `test` with a connector that listens for connections.
    ///
    /// @param more keys of the connector, each behind a comma
    CollectorTopology startListening(String type, String more) {
        return start("""
                kind: collector
                name: test
                spec:
                  connector: { type: %s, listen: "127.0.0.1:0"%s }
                  normalizer: auto
                  keepRaw: true
                """.formatted(type, more));
    }

    /// What a collector counted until now; -1 when it knows no such count.
    static long count(CollectorTopology topology, StageCounter counter) {
        return topology.figures().counts().getOrDefault(counter, -1L);
    }

    static InetSocketAddress address(CollectorTopology topology) {
        String text = topology.addresses().getFirst();
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)));
    }

    static Socket connect(CollectorTopology topology) throws java.io.IOException {
        Socket socket = new Socket();
        socket.connect(address(topology));
        return socket;
    }

    /// Everything in the log, in its order.
    List<Logged> logged() {
        List<Logged> events = new ArrayList<>();
        EventBatch batch = new EventBatch();
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        for (LogRecord found : records()) {
            BatchHeader header = decoder.decode(found.payload(), 0, found.payload().length, batch);
            assertThat(found.eventCount()).isEqualTo(Math.max(1, batch.count()));
            for (int i = 0; i < batch.count(); i++) {
                event.moveTo(batch, i);
                events.add(new Logged(
                        new String(event.arena(), event.rawOffset(), event.rawLength(), UTF_8),
                        event.origin().source(),
                        event.hasFlag(EventBatch.FLAG_CUT),
                        event.hasFlag(EventBatch.FLAG_PARSE_FAILED),
                        event.sequence(),
                        header.route()));
            }
        }
        return events;
    }

    /// Where each event entered, in the order of the log.
    List<EntryOrigin> origins() {
        List<EntryOrigin> origins = new ArrayList<>();
        EventBatch batch = new EventBatch();
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        for (LogRecord found : records()) {
            decoder.decode(found.payload(), 0, found.payload().length, batch);
            for (int i = 0; i < batch.count(); i++) {
                origins.add(event.moveTo(batch, i).origin());
            }
        }
        return origins;
    }

    /// The identifier of each event, in the order of the log.
    List<UUID> ids() {
        List<UUID> ids = new ArrayList<>();
        EventBatch batch = new EventBatch();
        BatchDecoder decoder = new BatchDecoder();
        for (LogRecord found : records()) {
            decoder.decode(found.payload(), 0, found.payload().length, batch);
            for (int i = 0; i < batch.count(); i++) {
                ids.add(new UUID(batch.idHigh(i), batch.idLow(i)));
            }
        }
        return ids;
    }

    /// Events of one route as JSON objects of their fields.
    List<String> loggedJson(String route) {
        List<String> events = new ArrayList<>();
        EventBatch batch = new EventBatch();
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        EventJson json = new EventJson();
        for (LogRecord found : records()) {
            BatchHeader header = decoder.decode(found.payload(), 0, found.payload().length, batch);
            for (int i = 0; i < batch.count() && route.equals(header.route()); i++) {
                events.add(json.toText(event.moveTo(batch, i)));
            }
        }
        return events;
    }

    List<String> loggedTexts() {
        return logged().stream().map(Logged::raw).toList();
    }

    /// The ledger of the whole log: `counter` or `counter reason` to sum.
    Map<String, Long> ledger() {
        return ledger(null);
    }

    /// The ledger of the batches of one route.
    ///
    /// @param route null: all
    Map<String, Long> ledger(@Nullable String route) {
        Map<String, Long> sums = new TreeMap<>();
        for (LogRecord found : records()) {
            BatchHeader header = BatchHeader.read(found.payload(), 0, found.payload().length);
            if (route != null && !route.equals(header.route())) {
                continue;
            }
            for (BatchLedger.Entry entry : header.ledger()) {
                String key = (entry.counter() + " " + entry.reason()).strip();
                sums.merge(key, entry.value(), Long::sum);
            }
        }
        return sums;
    }

    private List<LogRecord> records() {
        List<LogRecord> records = new ArrayList<>();
        LogPosition end = log.end();
        try (LogReader reader = log.reader(LogPosition.START)) {
            log.awaitSynced(end, Duration.ofSeconds(10));
            while (reader.position().compareTo(end) < 0) {
                records.addAll(reader.poll(1000, Long.MAX_VALUE, Duration.ofSeconds(10)));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return records;
    }

    @Override
    public void close() {
        open.forEach(CollectorTopology::close);
        log.close();
    }
}
