package io.tocsin.pipeline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.destination.ServiceSelection;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.pipeline.transport.log.LostEvents;
import io.tocsin.pipeline.transport.log.SyncMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is lost between two services is in the ledger of the receiver, once: real batches, both ends over a real
/// server, and the receiver's log tells what arrived.
final class LostEventsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SECRET = "0123456789abcdef";
    private static final int EVENTS_PER_BATCH = 10;
    private static final long MINUTE = 29_000_000;
    private static final LogOptions SMALL =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(10), 16_384, 1 << 26, 0, 1 << 20);

    @TempDir
    Path temporary;

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<LostEvents> told = new CopyOnWriteArrayList<>();
    private final Random random = new Random(3);
    private HttpServer server;
    private DurableLog sent;
    private DurableLog received;
    private DeliveryReceiver receiver;
    /// Batches of this source are refused for good.
    private volatile String refused = "none";
    private volatile Answers answers = _ -> false;

    /// Answers in the place of the receiver; true when it did.
    private interface Answers {
        boolean answered(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws Exception {
        openSent();
        received = DurableLog.open(temporary.resolve("received"), SMALL, InstantSource.system());
        receiver = DeliveryReceiver.open(received, temporary.resolve("known"), SECRET, 1 << 22, this::problem);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext(DeliveryRun.PATH, exchange -> {
            try (exchange) {
                if (!answers.answered(exchange)) {
                    receiver.send(exchange, receiver.answer(exchange));
                }
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        executor.shutdownNow();
        receiver.close();
        received.close();
        sent.close();
    }

    private void openSent() {
        sent = DurableLog.open(temporary.resolve("sent"), SMALL, InstantSource.system());
        sent.onLostEvents(told::add);
    }

    private @Nullable String problem(byte[] bytes, int offset, int length) {
        int at = offset;
        while (at < offset + length) {
            BatchHeader header = BatchHeader.read(bytes, at, offset + length - at);
            if (header.count() > 0
                    && header.ledger().stream().anyMatch(entry -> entry.source().equals(refused))) {
                return "poison";
            }
            at = header.totalLength();
        }
        return null;
    }

    private DeliveryClient client() {
        URI target = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + DeliveryRun.PATH);
        DeliveryOptions options = DeliveryOptions.defaults(target, SECRET)
                .withTimes(Duration.ofSeconds(2), Duration.ofMillis(5), Duration.ofMillis(50));
        return DeliveryClient.start(
                sent, "storage", options, ServiceSelection.toStorage(_ -> true), temporary.resolve("dead"), random);
    }

    private void append(int batches) throws InterruptedException {
        for (int number = 0; number < batches; number++) {
            sent.append(batch("10.0.0." + number), EVENTS_PER_BATCH, PATIENCE);
        }
    }

    private byte[] batch(String address) {
        EventBatch batch = new EventBatch();
        EntryOrigin origin = new EntryOrigin("", "syslog", "udp", "10.0.0.1", 514, address, 5140, "");
        for (int i = 0; i < EVENTS_PER_BATCH; i++) {
            byte[] raw = new byte[200];
            random.nextBytes(raw);
            EventBuilder event = batch.builder();
            event.begin(origin, random.nextLong(), random.nextLong(), MINUTE * 60_000_000_000L, i, raw, 0, raw.length);
            event.commit();
        }
        batch.ledger().add(MINUTE, "syslog", address, BatchLedger.Counter.RECEIVED, "", EVENTS_PER_BATCH);
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(batch, "syslog");
        return java.util.Arrays.copyOf(encoder.buffer(), length);
    }

    /// What the receiver got: events, and the ledger as `counter reason source`.
    private record Received(long events, Map<String, Long> ledger) {
        long balance() {
            long balance = -events;
            for (Map.Entry<String, Long> entry : ledger.entrySet()) {
                balance += entry.getKey().startsWith("RECEIVED") ? entry.getValue() : -entry.getValue();
            }
            return balance;
        }

        long sum(String start) {
            return ledger.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(start))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    private Received received() throws InterruptedException {
        Map<String, Long> ledger = new TreeMap<>();
        long events = 0;
        BatchDecoder decoder = new BatchDecoder();
        EventBatch batch = new EventBatch();
        try (LogReader reader = received.reader(received.start())) {
            List<LogRecord> records = reader.poll(1000, 1 << 24, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    int at = Objects.requireNonNull(ReceivedRun.of(record)).bodyOffset();
                    while (at < record.payload().length) {
                        BatchHeader header = decoder.decode(record.payload(), at, record.payload().length - at, batch);
                        at = header.totalLength();
                        events += batch.count();
                        for (BatchLedger.Entry entry : header.ledger()) {
                            ledger.merge(
                                    entry.counter() + " " + entry.reason() + " " + entry.source(),
                                    entry.value(),
                                    Long::sum);
                        }
                    }
                }
                records = reader.poll(1000, 1 << 24, Duration.ZERO);
            }
        }
        return new Received(events, ledger);
    }

    private Path segmentBefore(int last) throws IOException {
        try (Stream<Path> files = Files.list(temporary.resolve("sent"))) {
            List<Path> segments =
                    new ArrayList<>(files.filter(file -> file.toString().endsWith(".segment"))
                            .sorted()
                            .toList());
            return segments.get(segments.size() - 1 - last);
        }
    }

    @Test
    void countsOnceWhatTheDiskHasDestroyedAlsoWhenARestartRepeatsIt() throws Exception {
        append(40);
        sent.close();
        Path turned = segmentBefore(3);
        byte[] bytes = Files.readAllBytes(turned);
        bytes[bytes.length - 100] ^= 4;
        Files.write(turned, bytes);
        Path cut = segmentBefore(1);
        byte[] whole = Files.readAllBytes(cut);
        Files.write(cut, java.util.Arrays.copyOf(whole, whole.length / 2));
        openSent();
        // The answer to what holds the counts is lost, and the process ends.
        AtomicBoolean stored = new AtomicBoolean();
        answers = exchange -> {
            DeliveryReceiver.Answer ignored = receiver.answer(exchange);
            stored.set(true);
            return true;
        };
        DeliveryClient first = client();
        Awaitility.await().atMost(PATIENCE).untilTrue(stored);
        first.close();
        sent.close();
        openSent();
        answers = _ -> false;
        try (DeliveryClient second = client()) {
            assertThat(second.drain(PATIENCE)).isTrue();
        }
        Received found = received();
        assertThat(found.events()).isBetween(300L, 380L);
        assertThat(found.balance()).isZero();
        assertThat(found.sum("RECEIVED")).isEqualTo(400);
        assertThat(found.sum("REJECTED damaged")).isEqualTo(400 - found.events());
        assertThat(found.ledger().entrySet())
                .as("where only the events are damaged, the counts tell the source")
                .anyMatch(entry ->
                        entry.getKey().startsWith("REJECTED damaged 10.0.0.") && entry.getValue() == EVENTS_PER_BATCH);
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(told).extracting(LostEvents::reason).contains(LostEvents.Reason.DAMAGED));
    }

    @Test
    void countsWhatTheEndOfTheLogHasLostThatCursorsHaveNotSeen() throws Exception {
        append(20);
        sent.close();
        Path newest = segmentBefore(0);
        byte[] bytes = Files.readAllBytes(newest);
        // The last record's payload.
        bytes[bytes.length - 100] ^= 4;
        Path before = segmentBefore(1);
        byte[] gone = Files.readAllBytes(before);
        java.util.Arrays.fill(gone, 64, gone.length, (byte) 0);
        Files.write(before, gone);
        openSent();
        try (DeliveryClient client = client()) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        Received found = received();
        assertThat(found.balance()).isZero();
        assertThat(found.sum("RECEIVED")).isEqualTo(200);
        assertThat(found.events()).isLessThan(200);
    }

    @Test
    void countsBySourceWhatTheReceiverRefusesForGood() throws Exception {
        append(30);
        refused = "10.0.0.17";
        try (DeliveryClient client = client()) {
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().deadLetters()).isEqualTo(1);
        }
        Received found = received();
        assertThat(found.events()).isEqualTo(290);
        assertThat(found.balance()).isZero();
        assertThat(found.ledger())
                .containsEntry("RECEIVED  10.0.0.17", 10L)
                .containsEntry("REJECTED dead-letter 10.0.0.17", 10L);
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(told)
                        .extracting(LostEvents::reason, LostEvents::events)
                        .containsExactly(org.assertj.core.groups.Tuple.tuple(LostEvents.Reason.DEAD_LETTER, 10L)));
    }

    @Test
    void countsWhatTheReceiverAsksForAndTheLogDoesNotHoldAnyMore() throws Exception {
        append(60);
        try (DeliveryClient client = client()) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(sent.start().sequence()).isGreaterThan(100);
        append(5);
        AtomicBoolean asked = new AtomicBoolean();
        answers = exchange -> {
            if (!asked.compareAndSet(false, true)) {
                return false;
            }
            exchange.getRequestBody().readAllBytes();
            byte[] body = "{\"expected\":100}".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(409, body.length);
            exchange.getResponseBody().write(body);
            return true;
        };
        // A receiver that was set back knows less: here one that knows nothing.
        receiver.close();
        received.close();
        received = DurableLog.open(temporary.resolve("received-anew"), SMALL, InstantSource.system());
        receiver = DeliveryReceiver.open(received, temporary.resolve("known-anew"), SECRET, 1 << 22, this::problem);
        try (DeliveryClient client = client()) {
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().unavailableEvents()).isEqualTo(500);
        }
        Received found = received();
        assertThat(found.events()).isEqualTo(50);
        assertThat(found.sum("RECEIVED")).isEqualTo(550);
        assertThat(found.sum("REJECTED unavailable")).isEqualTo(500);
        assertThat(found.balance()).isZero();
    }

    private static void appendTo(DurableLog log, List<byte[]> batches) throws InterruptedException {
        for (byte[] batch : batches) {
            log.append(batch, EVENTS_PER_BATCH, PATIENCE);
        }
    }

    private List<byte[]> batches(String network, int count) {
        List<byte[]> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(batch(network + i));
        }
        return batches;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private long receivedOf(String network) throws InterruptedException {
        return received().ledger().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("RECEIVED  " + network))
                .count();
    }

    private void deliver() throws InterruptedException {
        try (DeliveryClient client = client()) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
    }

    @Test
    void losesNothingOfALogThatWasCopiedWhileTheFirstOneGoesOn() throws Exception {
        appendTo(sent, batches("10.0.0.", 10));
        deliver();
        sent.close();
        copy(temporary.resolve("sent"), temporary.resolve("copied"));
        openSent();
        appendTo(sent, batches("10.0.1.", 10));
        deliver();
        sent.close();
        sent = DurableLog.open(temporary.resolve("copied"), SMALL, InstantSource.system());
        appendTo(sent, batches("10.0.2.", 10));
        deliver();
        sent.close();
        sent = DurableLog.open(temporary.resolve("sent"), SMALL, InstantSource.system());
        appendTo(sent, batches("10.0.3.", 10));
        deliver();
        for (String network : List.of("10.0.0.", "10.0.1.", "10.0.2.", "10.0.3.")) {
            assertThat(receivedOf(network)).as(network).isEqualTo(10);
        }
    }

    @Test
    void losesNothingOfALogThatWasSetBackWhereItIs() throws Exception {
        appendTo(sent, batches("10.0.0.", 10));
        deliver();
        sent.close();
        copy(temporary.resolve("sent"), temporary.resolve("snapshot"));
        openSent();
        appendTo(sent, batches("10.0.1.", 20));
        deliver();
        sent.close();
        try (Stream<Path> files = Files.walk(temporary.resolve("sent"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        copy(temporary.resolve("snapshot"), temporary.resolve("sent"));
        // The receiver restarts as well: what it knows of the last run is durable.
        receiver.checkpoint();
        receiver.close();
        receiver = DeliveryReceiver.open(received, temporary.resolve("known"), SECRET, 1 << 22, this::problem);
        openSent();
        appendTo(sent, batches("10.0.2.", 5));
        deliver();
        appendTo(sent, batches("10.0.3.", 30));
        deliver();
        assertThat(receivedOf("10.0.1.")).isEqualTo(20);
        assertThat(receivedOf("10.0.2.")).isEqualTo(5);
        assertThat(receivedOf("10.0.3.")).isEqualTo(30);
    }
}
