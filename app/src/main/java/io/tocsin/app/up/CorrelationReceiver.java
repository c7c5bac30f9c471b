package io.tocsin.app.up;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tocsin.core.alert.AlertIntake;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Segmentations;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// Takes the correlation events of correlators that are processes of their own and makes alerts of them. Answers as
/// `docs/specs/delivery.md` says. Runs need not be remembered: a hit that the core has taken is recognised by its
/// identifier, inside the transaction that makes it durable.
///
/// Thread-safety: any thread.
final class CorrelationReceiver implements HttpHandler {
    static final String PATH = "/correlations/v1";

    private static final Logger LOG = System.getLogger(CorrelationReceiver.class.getName());
    private static final int SLOTS = 2;
    private static final String RETRY_AFTER_SECONDS = "1";

    private final AlertIntake alerts;
    private final Supplier<Segmentations> segmentations;
    private final byte[] authorization;
    private final int maxBodyBytes;
    private final Semaphore slots = new Semaphore(SLOTS);

    /// @param segmentations what divides findings into alerts
    /// @param secret the installation's secret that senders must show
    CorrelationReceiver(AlertIntake alerts, Supplier<Segmentations> segmentations, String secret, int maxBodyBytes) {
        this.alerts = alerts;
        this.segmentations = segmentations;
        this.authorization = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
        this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set(DeliveryBody.ACCEPT_HEADER, DeliveryBody.ZSTD);
            if (!"POST".equals(exchange.getRequestMethod())) {
                problem(exchange, 405, "deliveries are sent by POST");
                return;
            }
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (shown == null || !MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), authorization)) {
                problem(exchange, 401, "secret of the installation is missing or wrong");
                return;
            }
            if (!slots.tryAcquire()) {
                problem(exchange, 429, "other deliveries are being taken");
                return;
            }
            try {
                take(exchange);
            } finally {
                slots.release();
            }
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        Optional<DeliveryRun> run =
                DeliveryRun.parse(name -> exchange.getRequestHeaders().getFirst(name));
        if (run.isEmpty()) {
            problem(exchange, 400, "headers do not name a run");
            return;
        }
        String encoding = exchange.getRequestHeaders().getFirst(DeliveryBody.ENCODING_HEADER);
        byte[] body;
        try {
            body = DeliveryBody.read(exchange.getRequestBody(), encoding, 0, maxBodyBytes);
        } catch (DeliveryBody.Unreadable e) {
            problem(
                    exchange,
                    e.isTooLong() ? 413 : 502,
                    e.isTooLong()
                            ? "body is longer than allowed [run=" + run.get() + "]"
                            : "the delivery did not arrive as it was sent, send it again");
            return;
        }
        if (!DeliveryBody.isKnown(encoding)
                || !run.get().isIntact(name -> exchange.getRequestHeaders().getFirst(name), body, 0, body.length)) {
            problem(exchange, 502, "the delivery did not arrive as it was sent, send it again");
            return;
        }
        List<CorrelationHit> hits = new ArrayList<>();
        try {
            new HitReader(segmentations).read(body, 0, body.length, hits);
        } catch (BatchFormatException | IllegalArgumentException e) {
            LOG.log(Logger.Level.WARNING, "a delivery of correlation events cannot be read [run=" + run.get() + "]", e);
            problem(exchange, 400, "body is not made of batches of correlation events [run=" + run.get() + "]");
            return;
        }
        try {
            alerts.accept(hits);
        } catch (RuntimeException e) {
            LOG.log(Logger.Level.WARNING, "alerts cannot be stored, the sender tries again", e);
            problem(exchange, 503, "alerts cannot be stored at the moment");
            return;
        }
        send(exchange, 200, "application/json", "{\"next\":" + run.get().endSequence() + "}");
    }

    /// @param detail plain text without quotes
    private static void problem(HttpExchange exchange, int status, String detail) throws IOException {
        if (status == 429 || status == 503) {
            exchange.getResponseHeaders().set("Retry-After", RETRY_AFTER_SECONDS);
        }
        send(
                exchange,
                status,
                "application/problem+json",
                "{\"type\":\"about:blank\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}");
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
