package io.tocsin.pipeline.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.Condition;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Sends events of a log to a TCP port, each as one JSON object on a line: what any collector takes, also the one that
/// the events came from.
///
/// The cursor of the consumer moves after a run of records was written to the socket. TCP does not say what was read,
/// so a receiver that dies may lose what was on its way; after a broken connection the whole run is sent again.
///
/// Thread-safety: a thread of its own.
public final class JsonLinesSender implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(JsonLinesSender.class.getName());
    private static final int RECORDS = 64;
    private static final long BYTES = 8L << 20;
    private static final Duration WAIT = Duration.ofMillis(100);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final LogConsumer consumer;
    private final InetSocketAddress address;
    private final Predicate<String> routes;
    private final @Nullable CompiledCondition where;
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch batch = new EventBatch();
    private final Event event = new Event();
    private final EventJson json = new EventJson();
    private final Thread thread;

    private JsonLinesSender(
            LogConsumer consumer, InetSocketAddress address, Predicate<String> routes, @Nullable Condition where) {
        this.consumer = consumer;
        this.address = address;
        this.routes = routes;
        this.where = where == null ? null : where.compile();
        this.thread = Thread.ofVirtual().name("json-lines-" + consumer.name()).unstarted(this::run);
    }

    /// Begins to send.
    ///
    /// @param consumer closed with the sender
    /// @param routes true for the routes whose events are sent
    /// @param where which events of them, null: all
    public static JsonLinesSender start(
            LogConsumer consumer, InetSocketAddress address, Predicate<String> routes, @Nullable Condition where) {
        JsonLinesSender sender = new JsonLinesSender(consumer, address, routes, where);
        sender.thread.start();
        return sender;
    }

    private void run() {
        try {
            List<LogRecord> unsent = List.of();
            while (true) {
                try (Socket socket = new Socket()) {
                    socket.connect(address, (int) RETRY.toMillis());
                    OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
                    while (true) {
                        List<LogRecord> records = unsent.isEmpty() ? consumer.poll(RECORDS, BYTES, WAIT) : unsent;
                        unsent = records;
                        for (LogRecord found : records) {
                            write(found, out);
                        }
                        out.flush();
                        if (!records.isEmpty()) {
                            consumer.commit(records.getLast().end());
                        }
                        unsent = List.of();
                    }
                } catch (IOException e) {
                    LOGGER.log(
                            System.Logger.Level.WARNING,
                            "events cannot be sent, trying again [destination={0}, address={1}, reason={2}]",
                            consumer.name(),
                            address,
                            e.getMessage());
                    Thread.sleep(RETRY);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (LogException closedMeanwhile) {
            LOGGER.log(System.Logger.Level.DEBUG, "sending ended", closedMeanwhile);
        } finally {
            consumer.close();
        }
    }

    private void write(LogRecord found, OutputStream out) throws IOException {
        try {
            byte[] payload = found.payload();
            if (!routes.test(BatchHeader.read(payload, 0, payload.length).route())) {
                return;
            }
            decoder.decode(payload, 0, payload.length, batch);
        } catch (BatchFormatException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "a batch cannot be read and is passed over [destination={0}, position={1}, reason={2}]",
                    consumer.name(),
                    found.position(),
                    e.getMessage());
            return;
        }
        for (int i = 0; i < batch.count(); i++) {
            event.moveTo(batch, i);
            if (where == null || where.test(event)) {
                out.write(json.toText(event).getBytes(UTF_8));
                out.write('\n');
            }
        }
    }

    /// Ends at once; what was not sent waits in the log for the next start.
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(WAIT.plus(RETRY));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
