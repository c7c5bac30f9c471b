package io.tocsin.pipeline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import io.tocsin.pipeline.transport.log.SyncMode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Both ends over a real server on loopback. Records hold their number and length, so that a receiver's log tells
/// exactly what arrived, in which order and how often.
final class DeliveryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /// An attempt gets three seconds to end by itself; the rest is for a machine that is busy.
    private static final Duration PROMPT = Duration.ofSeconds(8);
    private static final String SECRET = "0123456789abcdef";
    private static final int POISON = 9_000_066;
    private static final LogOptions SMALL =
            new LogOptions(SyncMode.GROUP, Duration.ofMillis(10), 16_384, 1 << 26, 0, 1 << 20);

    @TempDir
    Path temporary;

    private final Random random = new Random(11);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer server;
    private DurableLog sent;
    private DurableLog received;
    private DeliveryReceiver receiver;
    private volatile Faults faults = (_, _) -> false;
    private volatile boolean undoesCompression;
    private final AtomicInteger compressed = new AtomicInteger();

    /// Decides about an exchange before the receiver sees it, or after it decided; true when the exchange is done
    /// with.
    private interface Faults {
        boolean strike(HttpExchange exchange, DeliveryReceiver.Answer answer) throws IOException;
    }

    private static final int TURNED_BITS = 80;
    private static final DeliveryReceiver.Answer NOT_DECIDED = new DeliveryReceiver.Answer(0, "", 0);

    @BeforeEach
    void start() throws Exception {
        sent = DurableLog.open(temporary.resolve("sent"), SMALL, InstantSource.system());
        openReceiver(SMALL);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext(DeliveryRun.PATH, this::handle);
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

    private void openReceiver(LogOptions options) throws Exception {
        received = DurableLog.open(temporary.resolve("received"), options, InstantSource.system());
        receiver = DeliveryReceiver.open(received, temporary.resolve("known"), SECRET, 1 << 22, DeliveryTest::problem);
    }

    private static @Nullable String problem(byte[] bytes, int offset, int length) {
        for (int number : numbers(bytes, offset, length)) {
            if (number == POISON) {
                return "poison";
            }
        }
        return null;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (DeliveryBody.ZSTD.equals(exchange.getRequestHeaders().getFirst(DeliveryBody.ENCODING_HEADER))) {
                compressed.incrementAndGet();
            }
            if (undoesCompression) {
                exchange.getResponseHeaders().set(DeliveryBody.ACCEPT_HEADER, DeliveryBody.ZSTD);
            }
            Faults now = faults;
            if (now.strike(exchange, NOT_DECIDED)) {
                return;
            }
            DeliveryReceiver.Answer answer = receiver.answer(exchange);
            if (!now.strike(exchange, answer)) {
                receiver.send(exchange, answer);
            }
        }
    }

    private static void refuse(HttpExchange exchange, int status) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Retry-After", "0");
        exchange.sendResponseHeaders(status, -1);
    }

    private DeliveryOptions options() {
        URI target = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + DeliveryRun.PATH);
        return DeliveryOptions.defaults(target, SECRET)
                .withTimes(Duration.ofSeconds(2), Duration.ofMillis(5), Duration.ofMillis(50))
                .withCompression(undoesCompression);
    }

    private DeliveryClient client(DeliveryOptions options) {
        return client(options, payload -> payload);
    }

    private DeliveryClient client(DeliveryOptions options, DeliveryClient.Selection selection) {
        return DeliveryClient.start(sent, "storage", options, selection, temporary.resolve("dead"), random);
    }

    private void append(int from, int to) throws InterruptedException {
        for (int number = from; number < to; number++) {
            byte[] payload = new byte[8 + random.nextInt(700)];
            ByteBuffer.wrap(payload).putInt(payload.length).putInt(number);
            sent.append(payload, 1 + number % 7, PATIENCE);
        }
    }

    private static List<Integer> numbers(byte[] bytes, int offset, int length) {
        List<Integer> numbers = new ArrayList<>();
        for (int at = offset; at < offset + length; at += ByteBuffer.wrap(bytes).getInt(at)) {
            numbers.add(ByteBuffer.wrap(bytes).getInt(at + 4));
        }
        return numbers;
    }

    private List<Integer> stored() throws InterruptedException {
        List<Integer> all = new ArrayList<>();
        try (LogReader reader = received.reader(received.start())) {
            List<LogRecord> records = reader.poll(1000, 1 << 24, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord record : records) {
                    ReceivedRun run = Objects.requireNonNull(ReceivedRun.of(record));
                    all.addAll(numbers(run.bytes(), run.bodyOffset(), run.bodyLength()));
                }
                records = reader.poll(1000, 1 << 24, Duration.ZERO);
            }
        }
        return all;
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    @Test
    void deliversEverythingInOrder() throws Exception {
        append(0, 1000);
        try (DeliveryClient client = client(options())) {
            assertThat(client.drain(PATIENCE)).isTrue();
            append(1000, 2000);
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(stored()).isEqualTo(range(0, 2000));
            DeliveryMetrics metrics = client.metrics();
            assertThat(metrics.deliveredRecords()).isEqualTo(2000);
            assertThat(metrics.deliveredEvents()).isEqualTo(sent.end().sequence());
            assertThat(metrics.retries()).isZero();
            assertThat(metrics.lastError()).isNull();
        }
    }

    @Test
    void sendsALoneRecordAtOnceAndManyTogether() throws Exception {
        try (DeliveryClient client = client(options())) {
            append(0, 1);
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().deliveredRuns()).isEqualTo(1);
            append(1, 2001);
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().deliveredRuns()).isLessThan(1000);
        }
        assertThat(stored()).isEqualTo(range(0, 2001));
    }

    @Test
    void storesEverythingExactlyOnceWhateverFails() throws Exception {
        deliverThroughFaults();
        assertThat(compressed).hasValue(0);
    }

    @Test
    void storesEverythingCompressedExactlyOnceWhateverFails() throws Exception {
        undoesCompression = true;
        deliverThroughFaults();
        assertThat(compressed.get()).isPositive();
    }

    /// Another process, of a release that knows nothing of it, has taken the place of the receiver.
    @Test
    void sendsPlainToAReceiverThatDoesNotUndoCompressionAnyMore() throws Exception {
        undoesCompression = true;
        DeliveryOptions options = options();
        append(0, 1);
        try (DeliveryClient client = client(options)) {
            assertThat(client.drain(PATIENCE)).isTrue();
            append(1, 100);
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(compressed.get()).isPositive();
            undoesCompression = false;
            faults = (exchange, answer) -> {
                boolean encoded = exchange.getRequestHeaders().containsKey(DeliveryBody.ENCODING_HEADER);
                if (encoded && answer.equals(NOT_DECIDED)) {
                    refuse(exchange, 502);
                }
                return encoded;
            };
            int before = compressed.get();
            append(100, 300);
            assertThat(client.drain(PATIENCE)).isTrue();
            append(300, 400);
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(compressed.get() - before).isLessThanOrEqualTo(1);
            assertThat(client.metrics().deadLetters()).isZero();
        }
        assertThat(stored()).isEqualTo(range(0, 400));
    }

    /// A body of which a few bytes become more than a receiver takes costs it no memory and the sender no event.
    @Test
    void refusesBodiesThatExpandBeyondTheLimitAndThoseOfUnknownEncoding() throws Exception {
        byte[] zeros = new byte[1 << 20];
        byte[] bomb = DeliveryBody.compress(Collections.nCopies(64, zeros), 64L << 20);
        assertThat(bomb.length).isLessThan(1 << 16);
        assertThat(encoded(bomb, DeliveryBody.ZSTD)).isEqualTo(502);
        assertThat(encoded(new byte[100], DeliveryBody.ZSTD)).isEqualTo(502);
        assertThat(encoded(new byte[100], "br")).isEqualTo(502);
        assertThat(stored()).isEmpty();
    }

    private int encoded(byte[] body, String encoding) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            DeliveryRun run = new DeliveryRun(1, 1, 0, 1);
            var request = HttpRequest.newBuilder(options().target())
                    .header("Authorization", "Bearer " + SECRET)
                    .headers(run.headers())
                    .header(DeliveryRun.CHECKSUM_HEADER, run.checksum(false, List.of(body)))
                    .header(DeliveryBody.ENCODING_HEADER, encoding)
                    .POST(BodyPublishers.ofByteArray(body))
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode();
        }
    }

    private void deliverThroughFaults() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random chance = new Random(seed);
        faults = (exchange, answer) -> {
            boolean before = answer.equals(NOT_DECIDED);
            int fate;
            synchronized (chance) {
                fate = chance.nextInt(12);
            }
            if (before) {
                switch (fate) {
                    case 0 -> refuse(exchange, 503);
                    case 1 -> refuse(exchange, 429);
                    case 2 -> refuse(exchange, 500);
                    case 3 -> exchange.getRequestBody().readNBytes(100);
                    default -> {
                        return false;
                    }
                }
                return true;
            }
            // The run may be stored by now, and the sender does not get to know.
            return fate < 4;
        };
        Thread appender = Thread.ofVirtual().start(() -> {
            try {
                append(0, 3000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        for (int life = 0; life < 5; life++) {
            try (DeliveryClient client = client(options().withRun(10 + 50 * life, 1 << 20))) {
                long before = client.metrics().deliveredRuns();
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> client.metrics().deliveredRuns() > before + 5
                                || client.metrics().state() == DeliveryMetrics.State.IDLE);
            }
        }
        appender.join();
        try (DeliveryClient client = client(options().withRun(200, 1 << 20))) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(stored()).isEqualTo(range(0, 3000));
        assertThat(receiver.repeatedRuns()).isPositive();
    }

    @Test
    void storesEverythingExactlyOnceWhenTheReceiverRestarts() throws Exception {
        append(0, 2000);
        faults = (_, answer) -> !answer.equals(NOT_DECIDED) && random.nextInt(3) == 0;
        try (DeliveryClient client = client(options().withRun(40, 1 << 20))) {
            for (int life = 0; life < 4; life++) {
                long target = 500L * (life + 1);
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> client.metrics().deliveredRecords() >= Math.min(target, 1990));
                DeliveryReceiver old = receiver;
                Faults before = faults;
                faults = (exchange, _) -> {
                    refuse(exchange, 503);
                    return true;
                };
                if (life % 2 == 0) {
                    old.close();
                }
                received.close();
                openReceiver(SMALL);
                faults = before;
            }
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(stored()).isEqualTo(range(0, 2000));
    }

    @Test
    void repeatsTheSameRunAfterARestart() throws Exception {
        List<String> attempts = new CopyOnWriteArrayList<>();
        AtomicBoolean answering = new AtomicBoolean();
        faults = (exchange, answer) -> {
            if (answer.equals(NOT_DECIDED)) {
                byte[] body = exchange.getRequestBody().readAllBytes();
                attempts.add(DeliveryRun.parse(exchange.getRequestHeaders()::getFirst) + " " + Arrays.hashCode(body));
                exchange.setStreams(new ByteArrayInputStream(body), null);
                return !answering.get();
            }
            return false;
        };
        append(0, 100);
        sent.awaitSynced(sent.end(), PATIENCE);
        try (DeliveryClient first = client(options().withRun(150, 1 << 20))) {
            Awaitility.await().until(() -> attempts.size() >= 2);
            assertThat(first.metrics().deliveredRuns()).isZero();
        }
        int before = attempts.size();
        answering.set(true);
        append(100, 120);
        try (DeliveryClient second = client(options().withRun(1000, 1 << 20))) {
            assertThat(second.drain(PATIENCE)).isTrue();
        }
        assertThat(attempts.size()).isGreaterThan(before);
        assertThat(attempts.subList(0, before + 1)).containsOnly(attempts.getFirst());
        assertThat(stored()).isEqualTo(range(0, 120));
    }

    @Test
    void putsARefusedRecordAsideAndGoesOn() throws Exception {
        append(9_000_000, 9_000_100);
        try (DeliveryClient client = client(options())) {
            assertThat(client.drain(PATIENCE)).isTrue();
            append(9_000_100, 9_000_110);
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().deadLetters()).isEqualTo(1);
        }
        List<Integer> expected = new ArrayList<>(range(9_000_000, 9_000_110));
        expected.remove(Integer.valueOf(POISON));
        assertThat(stored()).isEqualTo(expected);
        try (Stream<Path> files = Files.list(temporary.resolve("dead"))) {
            List<Path> dead = files.toList();
            assertThat(dead).hasSize(1);
            byte[] bytes = Files.readAllBytes(dead.getFirst());
            assertThat(numbers(bytes, 0, bytes.length)).containsExactly(POISON);
        }
    }

    @Test
    void putsNothingAsideThatTheWireHasDamaged() throws Exception {
        deliverThroughADamagingWire();
    }

    @Test
    void putsNothingAsideThatTheWireHasDamagedCompressed() throws Exception {
        undoesCompression = true;
        deliverThroughADamagingWire();
        assertThat(compressed.get()).isPositive();
    }

    private void deliverThroughADamagingWire() throws Exception {
        append(0, 50);
        // Bits are turned in both directions and anywhere: in the headers, in the body, in the answer.
        try (ServerSocket relay = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            int port = server.getAddress().getPort();
            AtomicInteger turned = new AtomicInteger();
            executor.execute(() -> relay(relay, port, turned));
            URI target = URI.create("http://127.0.0.1:" + relay.getLocalPort() + DeliveryRun.PATH);
            DeliveryOptions options = DeliveryOptions.defaults(target, SECRET)
                    .withTimes(Duration.ofMillis(500), Duration.ofMillis(5), Duration.ofMillis(20))
                    .withCompression(undoesCompression)
                    .withRun(10, 1 << 20);
            try (DeliveryClient client = client(options)) {
                int next = 50;
                do {
                    assertThat(client.drain(PATIENCE)).isTrue();
                    append(next, next + 10);
                    next += 10;
                } while (turned.get() < TURNED_BITS);
                assertThat(client.drain(PATIENCE)).isTrue();
                assertThat(client.metrics().deadLetters()).isZero();
                assertThat(stored()).isEqualTo(range(0, next));
            }
        }
    }

    private void relay(ServerSocket relay, int port, AtomicInteger turned) {
        try {
            while (true) {
                Socket client = relay.accept();
                Socket target = new Socket(InetAddress.getLoopbackAddress(), port);
                executor.execute(() -> pass(client, target, turned));
                executor.execute(() -> pass(target, client, turned));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    /// Turns one bit in each piece that passes, until enough were turned.
    private static void pass(Socket from, Socket to, AtomicInteger turned) {
        byte[] buffer = new byte[1 << 14];
        try (from;
                to) {
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                int number = turned.getAndIncrement();
                if (number < TURNED_BITS) {
                    Random random = new Random(number);
                    buffer[random.nextInt(read)] ^= (byte) (1 << random.nextInt(8));
                }
                to.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException broken) {
            // One of the two has had enough of it.
        }
    }

    @Test
    void looksForAReceiverThatIsAwayHoweverLongItsPausesAre() throws Exception {
        append(0, 10);
        InetSocketAddress place = server.getAddress();
        server.stop(0);
        Duration hour = Duration.ofHours(1);
        try (DeliveryClient client = client(options().withTimes(Duration.ofSeconds(2), hour, hour))) {
            Awaitility.await().until(() -> client.metrics().retries() >= 2);
            server = HttpServer.create(place, 0);
            server.setExecutor(executor);
            server.createContext(DeliveryRun.PATH, this::handle);
            server.start();
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(stored()).isEqualTo(range(0, 10));
    }

    /// A proxy takes connections for a receiver that is away, and ends them.
    @Test
    void looksForAReceiverBehindAProxyHoweverLongItsPausesAre() throws Exception {
        append(0, 10);
        Duration hour = Duration.ofHours(1);
        AtomicBoolean away = new AtomicBoolean(true);
        faults = (exchange, answer) -> {
            if (away.get()) {
                exchange.close();
            }
            return away.get();
        };
        try (DeliveryClient client = client(options().withTimes(Duration.ofSeconds(2), hour, hour))) {
            Awaitility.await().until(() -> client.metrics().retries() >= 2);
            away.set(false);
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(stored()).isEqualTo(range(0, 10));
    }

    @Test
    void comesBackWhenTheReceiverSaysHoweverLongItsPausesAre() throws Exception {
        append(0, 10);
        Duration hour = Duration.ofHours(1);
        List<String> attempts = new CopyOnWriteArrayList<>();
        faults = (exchange, answer) -> {
            if (!answer.equals(NOT_DECIDED)) {
                return false;
            }
            attempts.add(String.valueOf(DeliveryRun.parse(exchange.getRequestHeaders()::getFirst)));
            if (attempts.size() > 2) {
                return false;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Retry-After", "1");
            exchange.sendResponseHeaders(503, -1);
            return true;
        };
        try (DeliveryClient client = client(options().withTimes(Duration.ofSeconds(2), hour, hour))) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        // The last of the ten may not have been on disk when the first run was formed, and be a run of their own.
        assertThat(attempts).hasSizeGreaterThanOrEqualTo(3);
        assertThat(attempts.subList(0, 3)).containsOnly(attempts.getFirst());
        assertThat(stored()).isEqualTo(range(0, 10));
    }

    /// Whether it has answered nothing or half of its answer.
    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"})
    void closesPromptlyWhenTheReceiverNeverAnswers(String half) throws Exception {
        append(0, 10);
        try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            URI target = URI.create("http://127.0.0.1:" + silent.getLocalPort() + DeliveryRun.PATH);
            Duration hour = Duration.ofHours(1);
            DeliveryClient client =
                    client(DeliveryOptions.defaults(target, SECRET).withTimes(hour, hour, hour));
            try (Socket taken = silent.accept()) {
                assertThat(taken.getInputStream().read()).isEqualTo('P');
                taken.getOutputStream().write(half.getBytes(StandardCharsets.US_ASCII));
                long before = System.nanoTime();
                client.close();
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(PROMPT);
            }
            assertThat(client.metrics().state()).isEqualTo(DeliveryMetrics.State.STOPPED);
        }
    }

    @Test
    void leavesOutWhatTheFilterDoesNotWant() throws Exception {
        append(0, 300);
        DeliveryClient.Selection even = bytes -> ByteBuffer.wrap(bytes).getInt(4) % 2 == 0 ? bytes : null;
        try (DeliveryClient client = client(options().withRun(50, 1 << 20), even)) {
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().filteredRecords()).isEqualTo(150);
        }
        append(300, 400);
        try (DeliveryClient client = client(options().withRun(50, 1 << 20), even)) {
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().unavailableEvents()).isZero();
            assertThat(client.metrics().retries()).isZero();
        }
        assertThat(stored())
                .isEqualTo(
                        range(0, 400).stream().filter(number -> number % 2 == 0).toList());
    }

    @Test
    void keepsTryingWhenTheSecretIsRefused() throws Exception {
        append(0, 10);
        DeliveryOptions good = options();
        DeliveryOptions wrong = new DeliveryOptions(
                good.target(),
                "wrong",
                good.maxEvents(),
                good.maxBytes(),
                good.requestTimeout(),
                good.firstRetry(),
                good.longestRetry(),
                false);
        try (DeliveryClient client = client(wrong)) {
            Awaitility.await().until(() -> client.metrics().retries() > 2);
            assertThat(client.metrics().lastError()).contains("401");
            assertThat(client.drain(Duration.ofMillis(10))).isFalse();
        }
        assertThat(stored()).isEmpty();
        assertThat(wrong.toString()).doesNotContain("wrong");
        try (DeliveryClient client = client(good)) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(stored()).isEqualTo(range(0, 10));
    }

    @Test
    void waitsWhileTheReceiversLogIsFull() throws Exception {
        receiver.close();
        received.close();
        openReceiver(SMALL.withSizes(16_384, 40_000));
        append(0, 200);
        List<Integer> consumed = new ArrayList<>();
        try (LogConsumer consumer = received.consumer("next");
                DeliveryClient client = client(options()
                        .withRun(20, 1 << 20)
                        .withTimes(PATIENCE, Duration.ofMillis(5), Duration.ofMillis(50)))) {
            Awaitility.await().atMost(PATIENCE).until(() -> client.metrics().retries() > 0);
            assertThat(client.metrics().lastError()).contains("429");
            while (consumed.size() < 200) {
                for (LogRecord record : consumer.poll(10, 1 << 20, PATIENCE)) {
                    ReceivedRun run = Objects.requireNonNull(ReceivedRun.of(record));
                    consumed.addAll(numbers(run.bytes(), run.bodyOffset(), run.bodyLength()));
                }
                consumer.commit(consumer.position());
            }
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(consumed).isEqualTo(range(0, 200));
    }

    @Test
    void goesBackWhenTheReceiverLacksEventsThatTheLogStillHolds() throws Exception {
        sent.consumer("keeps-the-log").close();
        append(0, 50);
        try (DeliveryClient client = client(options().withRun(20, 1 << 20))) {
            assertThat(client.drain(PATIENCE)).isTrue();
            closeReceiver();
            copy("received", "received-backup");
            copy("known", "known-backup");
            openReceiver(SMALL);
            append(50, 100);
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        closeReceiver();
        delete("received");
        delete("known");
        copy("received-backup", "received");
        copy("known-backup", "known");
        openReceiver(SMALL);
        append(100, 101);
        try (DeliveryClient client = client(options().withRun(1000, 1 << 20))) {
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().unavailableEvents()).isZero();
        }
        assertThat(stored()).isEqualTo(range(0, 101));
    }

    private void closeReceiver() {
        receiver.close();
        received.close();
    }

    private void copy(String from, String to) throws IOException {
        try (Stream<Path> paths = Files.walk(temporary.resolve(from))) {
            for (Path path : paths.toList()) {
                Files.copy(
                        path,
                        temporary.resolve(to).resolve(temporary.resolve(from).relativize(path)));
            }
        }
    }

    private void delete(String folder) throws IOException {
        try (Stream<Path> paths = Files.walk(temporary.resolve(folder))) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private final List<Long> asked = new CopyOnWriteArrayList<>();

    @Test
    void skipsWhatTheReceiverHasWhenTheCursorWasLost() throws Exception {
        sent.consumer("keeps-the-log").close();
        append(0, 100);
        try (DeliveryClient client = client(options().withRun(30, 1 << 20))) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        sent.forget("storage");
        append(100, 130);
        try (DeliveryClient client = client(options().withRun(70, 1 << 20))) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(stored()).isEqualTo(range(0, 130));
    }

    @Test
    void saysWhatIsGoneWhenTheReceiverLacksMoreThanTheLogHolds() throws Exception {
        append(0, 400);
        try (DeliveryClient client = client(options())) {
            assertThat(client.drain(PATIENCE)).isTrue();
        }
        assertThat(sent.start().recordIndex()).isPositive();
        long gone = 5;
        faults = (exchange, answer) -> {
            if (answer.equals(NOT_DECIDED)
                    && !"5".equals(exchange.getRequestHeaders().getFirst(DeliveryRun.FIRST_SEQUENCE_HEADER))) {
                exchange.getRequestBody().readAllBytes();
                byte[] body = ("{\"expected\":" + gone + "}").getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(409, body.length);
                exchange.getResponseBody().write(body);
                return true;
            }
            if (answer.equals(NOT_DECIDED)) {
                asked.add(5L);
                exchange.getRequestBody().readAllBytes();
                byte[] body = "{\"next\":9000}".getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                return true;
            }
            return false;
        };
        long end = sent.end().sequence();
        append(400, 401);
        try (DeliveryClient client = client(options())) {
            assertThat(client.drain(PATIENCE)).isTrue();
            assertThat(client.metrics().unavailableEvents()).isEqualTo(end - gone);
        }
        assertThat(asked).hasSize(1);
    }

    @Test
    void refusesWrongMethodsSecretsHeadersAndSizes() throws Exception {
        assertThat(status("GET", SECRET, "1", new byte[0])).isEqualTo(405);
        assertThat(status("POST", "no", "1", new byte[9])).isEqualTo(401);
        assertThat(status("POST", SECRET, "x", new byte[9])).isEqualTo(400);
        assertThat(status("POST", SECRET, "1", new byte[0])).isEqualTo(400);
        assertThat(status("POST", SECRET, "1", new byte[(1 << 22) + 1])).isEqualTo(413);
        assertThat(receiver.refusedRuns()).isEqualTo(5);
        assertThat(stored()).isEmpty();
    }

    private int status(String method, String secret, String count, byte[] body) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            DeliveryRun run = new DeliveryRun(1, 1, 0, 1);
            var request = HttpRequest.newBuilder(options().target())
                    .header("Authorization", "Bearer " + secret)
                    .headers(run.headers())
                    .header(DeliveryRun.CHECKSUM_HEADER, run.checksum(false, List.of(body)))
                    .setHeader(DeliveryRun.COUNT_HEADER, count)
                    .method(method, BodyPublishers.ofByteArray(body))
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode();
        }
    }
}
