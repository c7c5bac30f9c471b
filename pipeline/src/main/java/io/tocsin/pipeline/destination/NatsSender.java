package io.tocsin.pipeline.destination;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.NatsMessage;
import io.nats.client.support.Status;
import io.tocsin.event.EventIds;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// A connection to NATS servers that publishes packets and knows which of them a stream has stored.
///
/// Thread-safety: as [Sender]; the library's threads confirm.
final class NatsSender implements Sender {
    private static final int MAXIMUM_CAUSES = 10;
    private static final int NO_STREAM = 503;
    /// JetStream's own number for a stream other than the expected one.
    private static final int OTHER_STREAM = 10060;

    private final NatsJetstreamDestination destination;
    private final Connection connection;
    private final JetStream stream;
    private final Deque<CompletableFuture<Void>> onTheirWay = new ArrayDeque<>();

    private NatsSender(NatsJetstreamDestination destination, Connection connection, JetStream stream) {
        this.destination = destination;
        this.connection = connection;
        this.stream = stream;
    }

    /// Opens a connection.
    ///
    /// @param name of the destination, for the logs of the servers
    /// @throws IOException when no server answers
    static NatsSender open(NatsJetstreamDestination destination, String name) throws IOException, InterruptedException {
        Duration timeout = destination.settings().timeout();
        Options.Builder options = new Options.Builder()
                .connectionName("tocsin-" + name)
                .connectionTimeout(timeout)
                // What breaks is opened again from outside, and what was not confirmed is sent again.
                .maxReconnects(0)
                .reconnectBufferSize(0)
                .errorListener(new Quiet());
        for (String server : destination.servers()) {
            options.server((destination.tls() == null ? "nats://" : "tls://") + server);
        }
        var password = destination.password();
        var token = destination.token();
        var user = destination.user();
        var tls = destination.tls();
        if (user != null && password != null) {
            options.userInfo(user.toCharArray(), password.reveal().toCharArray());
        } else if (token != null) {
            options.token(token.reveal().toCharArray());
        }
        if (tls != null) {
            options.sslContext(tls.open().context());
        }
        Connection connection = Nats.connect(options.build());
        return new NatsSender(
                destination,
                connection,
                connection.jetStream(
                        JetStreamOptions.builder().requestTimeout(timeout).build()));
    }

    /// Failures are told where they matter; the library would print them.
    ///
    /// Thread-safety: stateless.
    private static final class Quiet implements ErrorListener {
        @Override
        public void errorOccurred(Connection connection, String error) {}

        @Override
        public void exceptionOccurred(Connection connection, Exception exception) {}

        @Override
        public void slowConsumerDetected(Connection connection, io.nats.client.Consumer consumer) {}

        @Override
        public void messageDiscarded(Connection connection, Message message) {}

        @Override
        public void unhandledStatus(
                Connection connection, io.nats.client.JetStreamSubscription subscription, Status status) {}
    }

    @Override
    public void send(Packet packet) throws IOException {
        CompletableFuture<?>[] stored = new CompletableFuture<?>[packet.units().size()];
        int next = 0;
        for (Packet.Unit unit : packet.units()) {
            String id = EventIds.text(unit.idHigh(), unit.idLow());
            PublishOptions.Builder options = PublishOptions.builder().messageId(id);
            String expected = destination.stream();
            if (expected != null) {
                options.expectedStream(expected);
            }
            byte[] body = packet.copy(unit);
            if (body.length > connection.getMaxPayload()) {
                throw new RefusedPacketException("message is longer than the servers take [bytes=" + body.length
                        + ", max_payload=" + connection.getMaxPayload() + "]");
            }
            NatsMessage message = NatsMessage.builder()
                    .subject(destination.subject().of(unit.origin()))
                    .data(body)
                    .build();
            CompletableFuture<PublishAck> published;
            try {
                published = stream.publishAsync(message, options.build());
            } catch (IllegalStateException e) {
                throw new IOException("connection to NATS broke: " + e.getMessage(), e);
            }
            stored[next++] = published;
        }
        onTheirWay.addLast(CompletableFuture.allOf(stored));
    }

    @Override
    public int unconfirmed() throws IOException {
        while (!onTheirWay.isEmpty() && onTheirWay.getFirst().isDone()) {
            try {
                onTheirWay.getFirst().get();
            } catch (ExecutionException e) {
                throw failed(e.getCause());
            } catch (CancellationException e) {
                throw failed(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            onTheirWay.removeFirst();
        }
        if (!onTheirWay.isEmpty() && connection.getStatus() != Connection.Status.CONNECTED) {
            throw new IOException("connection to NATS broke [servers=" + String.join(",", destination.servers()) + "]");
        }
        return onTheirWay.size();
    }

    private IOException failed(@Nullable Throwable cause) {
        Throwable root = cause;
        for (int depth = 0; root != null && root.getCause() != null && depth < MAXIMUM_CAUSES; depth++) {
            root = root.getCause();
        }
        String what = "subject=" + String.join("", destination.subject().parts());
        if (root instanceof JetStreamApiException refused && refused.getApiErrorCode() == OTHER_STREAM) {
            return new IOException("subject belongs to another stream than the expected one [" + what + ", stream="
                    + destination.stream() + "]");
        }
        String message = root == null ? "" : String.valueOf(root.getMessage());
        if (message.contains(Integer.toString(NO_STREAM))) {
            return new IOException("no stream takes the subject [" + what
                    + "]: make one with it, for example: nats stream add --subjects ...");
        }
        return new IOException("NATS did not store a message [" + what + "]: " + message, root);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
