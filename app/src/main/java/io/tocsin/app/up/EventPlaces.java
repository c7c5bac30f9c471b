package io.tocsin.app.up;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// `GET /api/v1/ledger/places/{id}?made=<epoch ms>`: where an event lies in the logs of a collector or a router
/// that runs alone, and among what it put aside. The centre asks it; the installation's secret is demanded.
///
/// Thread-safety: any thread.
final class EventPlaces implements HttpHandler {
    static final String PATH = "/api/v1/ledger/places";

    private final EventFinder finder;
    private final byte[] authorization;

    /// @param secret the installation's secret that callers must show
    EventPlaces(EventFinder finder, String secret) {
        this.finder = finder;
        this.authorization = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (!"GET".equals(exchange.getRequestMethod())) {
                problem(exchange, 405, "only GET is served here");
            } else if (shown == null || !MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), authorization)) {
                problem(exchange, 401, "secret of the installation is missing or wrong");
            } else {
                answer(exchange);
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        try {
            UUID id = UUID.fromString(path.substring(Math.min(path.length(), PATH.length() + 1)));
            Long made = made(exchange.getRequestURI().getQuery());
            send(exchange, 200, "application/json", JsonMapper.shared().writeValueAsBytes(finder.find(id, made)));
        } catch (IllegalArgumentException e) {
            problem(exchange, 400, "id must be a UUID and made a number");
        }
    }

    private static @Nullable Long made(@Nullable String query) {
        return query == null || !query.startsWith("made=") ? null : Long.valueOf(query.substring("made=".length()));
    }

    /// @param detail plain text without quotes
    private static void problem(HttpExchange exchange, int status, String detail) throws IOException {
        String body = "{\"type\":\"about:blank\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}";
        send(exchange, status, "application/problem+json", body.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
