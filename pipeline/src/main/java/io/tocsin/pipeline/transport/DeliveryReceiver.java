package io.tocsin.pipeline.transport;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The receiving end of a delivery: puts each run into a durable log once and answers after it was forced to disk.
/// What reads that log finds [ReceivedRun]s.
///
/// Runs are told apart by producer, epoch and sequence. What is known survives restarts: it is part of the log
/// itself, see [KnownRuns].
///
/// Thread-safety: any thread; runs of one producer are taken one after another.
public final class DeliveryReceiver implements HttpHandler, AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(DeliveryReceiver.class.getName());
    private static final Duration APPEND_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(20);
    private static final int RETRY_AFTER_SECONDS = 1;

    /// Bodies in memory at the same time; more are sent away with 429.
    private static final int SLOTS = 4;

    /// Runs after which what is known is written down, so that the log's segments can go.
    private static final int RUNS_PER_CHECKPOINT = 256;

    /// Looks at a body before it is stored.
    @FunctionalInterface
    public interface BodyCheck {
        /// Says what is wrong with the bytes, null when nothing is. What is wrong is refused for good, so this must
        /// not depend on anything but the bytes.
        @Nullable
        String problem(byte[] bytes, int offset, int length);
    }

    private final DurableLog log;
    private final KnownRuns known;
    private final byte[] authorization;
    private final int maxBodyBytes;
    private final BodyCheck check;
    private final AtomicLong receivedRuns = new AtomicLong();
    private final AtomicLong repeatedRuns = new AtomicLong();
    private final AtomicLong refusedRuns = new AtomicLong();
    private final Semaphore slots = new Semaphore(SLOTS);
    private volatile boolean closed;

    /// Takes up where an earlier process stopped.
    ///
    /// @param log where runs go; must stay open until this receiver is closed
    /// @param folder keeps the memory of received runs; not the log's own folder
    /// @param secret the installation's secret that senders must show
    /// @param maxBodyBytes longest body; at least the longest record that senders have
    /// @param check looks at each body before it is stored
    /// @throws IOException when the memory of received runs cannot be read
    public static DeliveryReceiver open(DurableLog log, Path folder, String secret, int maxBodyBytes, BodyCheck check)
            throws IOException, InterruptedException {
        return new DeliveryReceiver(log, KnownRuns.open(folder, log), secret, maxBodyBytes, check);
    }

    private DeliveryReceiver(DurableLog log, KnownRuns known, String secret, int maxBodyBytes, BodyCheck check) {
        this.log = log;
        this.known = known;
        this.authorization = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
        this.maxBodyBytes = maxBodyBytes;
        this.check = check;
    }

    /// An answer: status, JSON body, seconds for `Retry-After` or 0.
    record Answer(int status, String body, int retryAfterSeconds) {
        static Answer problem(int status, String code, String detail) {
            return new Answer(
                    status,
                    "{\"type\":\"about:blank\",\"status\":" + status + ",\"code\":\"" + code + "\",\"detail\":\""
                            + escaped(detail) + "\"}",
                    status == 429 || status == 503 ? RETRY_AFTER_SECONDS : 0);
        }

        private static String escaped(String text) {
            StringBuilder escaped = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '"' || c == '\\') {
                    escaped.append('\\').append(c);
                } else {
                    escaped.append(c < ' ' ? ' ' : c);
                }
            }
            return escaped.toString();
        }

        String contentType() {
            return status == 200 ? "application/json" : "application/problem+json";
        }
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set(DeliveryBody.ACCEPT_HEADER, DeliveryBody.ZSTD);
            send(exchange, answer(exchange));
        }
    }

    void send(HttpExchange exchange, Answer answer) throws IOException {
        if (answer.status >= 400 && answer.status < 500 && answer.status != 429) {
            refusedRuns.incrementAndGet();
        }
        byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.contentType());
        if (answer.retryAfterSeconds > 0) {
            exchange.getResponseHeaders().set("Retry-After", Integer.toString(answer.retryAfterSeconds));
        }
        exchange.sendResponseHeaders(answer.status, body.length);
        exchange.getResponseBody().write(body);
    }

    Answer answer(HttpExchange exchange) throws IOException {
        if (!"POST".equals(exchange.getRequestMethod())) {
            return Answer.problem(405, "method", "deliveries are sent by POST");
        }
        String shown = exchange.getRequestHeaders().getFirst("Authorization");
        if (shown == null || !MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), authorization)) {
            return Answer.problem(401, "secret", "secret of the installation is missing or wrong");
        }
        Optional<DeliveryRun> run =
                DeliveryRun.parse(name -> exchange.getRequestHeaders().getFirst(name));
        if (run.isEmpty()) {
            return Answer.problem(400, "headers", "headers do not name a run");
        }
        if (!slots.tryAcquire()) {
            return Answer.problem(429, "busy", "other deliveries are being taken");
        }
        try {
            boolean gaps =
                    DeliveryRun.GAPS_ALLOWED.equals(exchange.getRequestHeaders().getFirst(DeliveryRun.GAPS_HEADER));
            return take(run.get(), gaps, exchange);
        } finally {
            slots.release();
        }
    }

    private Answer take(DeliveryRun run, boolean gaps, HttpExchange exchange) throws IOException {
        String encoding = exchange.getRequestHeaders().getFirst(DeliveryBody.ENCODING_HEADER);
        byte[] record;
        try {
            record = DeliveryBody.read(exchange.getRequestBody(), encoding, ReceivedRun.HEADER_BYTES, maxBodyBytes);
        } catch (DeliveryBody.Unreadable e) {
            return e.isTooLong()
                    ? Answer.problem(
                            413, "size", "body is longer than allowed [run=" + run + ", maxBytes=" + maxBodyBytes + "]")
                    : Answer.problem(502, "damaged", "send it again: " + e.getMessage());
        }
        if (!DeliveryBody.isKnown(encoding)
                || !run.isIntact(
                        name -> exchange.getRequestHeaders().getFirst(name),
                        record,
                        ReceivedRun.HEADER_BYTES,
                        record.length - ReceivedRun.HEADER_BYTES)) {
            return Answer.problem(
                    502, "damaged", "the delivery did not arrive as it was sent, or without a checksum; send it again");
        }
        try {
            return receive(run, gaps, record);
        } catch (LogException e) {
            if (e.kind() == LogException.Kind.FULL) {
                // Our own consumer may be what holds the segments.
                checkpoint();
            }
            return Answer.problem(
                    e.kind() == LogException.Kind.FULL ? 429 : 503, "log", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.problem(503, "stopping", "receiver is stopping");
        }
    }

    /// @param gaps true: the sender gives some of its runs to other receivers
    private Answer receive(DeliveryRun run, boolean gaps, byte[] record) throws InterruptedException {
        KnownRuns.Producer producer = known.producer(run.producer());
        LogPosition appendedTo;
        long nextSequence = run.endSequence();
        producer.lock.lockInterruptibly();
        try {
            if (closed) {
                return Answer.problem(503, "stopping", "receiver is stopping");
            }
            Long next = producer.next(run.epoch());
            int checksum = DeliveryRun.bodyChecksum(
                    record, ReceivedRun.HEADER_BYTES, record.length - ReceivedRun.HEADER_BYTES);
            KnownRuns.Body last = producer.last(run.epoch());
            if (next != null && run.firstSequence() < next && last != null && !producer.isRepeated(run, checksum)) {
                return new Answer(409, DeliveryRun.knownAnswer(next, last.first(), last.checksum()), 0);
            }
            if (next != null && run.endSequence() <= next) {
                repeatedRuns.incrementAndGet();
                nextSequence = next;
            } else if (next != null && (gaps ? run.firstSequence() < next : run.firstSequence() != next)) {
                return new Answer(409, "{\"status\":409,\"code\":\"sequence\",\"expected\":" + next + "}", 0);
            } else {
                String problem = problem(record);
                if (problem != null) {
                    return Answer.problem(400, "body", problem + " [run=" + run + "]");
                }
                ReceivedRun.writeHeader(run, record);
                int events = (int) Math.min(run.count(), Integer.MAX_VALUE);
                producer.appendedTo = log.append(record, events, APPEND_TIMEOUT);
                producer.advance(run.epoch(), run.endSequence());
                producer.remember(run.epoch(), new KnownRuns.Body(run.firstSequence(), run.endSequence(), checksum));
                receivedRuns.incrementAndGet();
            }
            appendedTo = producer.appendedTo;
        } finally {
            producer.lock.unlock();
        }
        if (appendedTo != null) {
            log.awaitSynced(appendedTo, SYNC_TIMEOUT);
        }
        checkpointWhenDue();
        return new Answer(200, "{\"next\":" + nextSequence + "}", 0);
    }

    private @Nullable String problem(byte[] record) {
        int length = record.length - ReceivedRun.HEADER_BYTES;
        if (length == 0) {
            return "body is empty";
        }
        try {
            return check.problem(record, ReceivedRun.HEADER_BYTES, length);
        } catch (RuntimeException e) {
            LOGGER.log(System.Logger.Level.ERROR, "check of a delivery failed, the delivery is refused", e);
            return "body cannot be understood: " + e;
        }
    }

    private void checkpointWhenDue() {
        if (receivedRuns.get() % RUNS_PER_CHECKPOINT == 0) {
            checkpoint();
        }
    }

    /// Writes down which runs are known and lets go of the log up to here. Whoever shares the log with other
    /// writers calls this from time to time, because their records must not be kept for a receiver that nobody
    /// talks to.
    public synchronized void checkpoint() {
        try {
            known.checkpoint(log);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | LogException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "cannot write down which runs were received; the log is kept longer for it",
                    e);
        }
    }

    /// Runs taken into the log since start.
    public long receivedRuns() {
        return receivedRuns.get();
    }

    /// Runs that were known already.
    public long repeatedRuns() {
        return repeatedRuns.get();
    }

    /// Requests refused because of what they were.
    public long refusedRuns() {
        return refusedRuns.get();
    }

    /// Takes no more runs, waits for those that are being taken, and writes down what is known.
    @Override
    public void close() {
        closed = true;
        checkpoint();
        known.close();
    }
}
