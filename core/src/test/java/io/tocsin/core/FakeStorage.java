package io.tocsin.core;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// A storage service that answers what a test tells it to, over a real socket, and remembers what it was asked.
///
/// Thread-safety: any thread.
final class FakeStorage implements AutoCloseable {
    static final String SECRET = "installation-secret-of-the-test";

    /// An answer; `breaksOff` closes the connection in the middle of the body.
    record Answer(int status, String body, boolean breaksOff) {
        static Answer ok(String body) {
            return new Answer(200, body, false);
        }
    }

    private HttpServer server;
    private volatile Function<String, Answer> onQuery =
            _ -> Answer.ok("{\"columns\":[],\"rows\":[],\"statistics\":{}}");
    private volatile String ledger = "{\"entries\":[]}";
    private final List<String> queries = new CopyOnWriteArrayList<>();
    private final List<String> ledgerQueries = new CopyOnWriteArrayList<>();
    private final AtomicInteger unauthorized = new AtomicInteger();

    FakeStorage() {
        server = open();
    }

    private HttpServer open() {
        try {
            HttpServer fresh = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            fresh.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            fresh.createContext("/query", this::query);
            fresh.createContext("/ledger", this::ledger);
            fresh.createContext("/readyz", exchange -> send(exchange, Answer.ok("{}")));
            fresh.start();
            return fresh;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// Comes back on another port, as a restarted child process does.
    synchronized void restart() {
        server.stop(0);
        server = open();
    }

    synchronized void stop() {
        server.stop(0);
    }

    void onQuery(Function<String, Answer> answer) {
        onQuery = answer;
    }

    void ledger(String json) {
        ledger = json;
    }

    List<String> queries() {
        return queries;
    }

    List<String> ledgerQueries() {
        return ledgerQueries;
    }

    private void query(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (authorized(exchange)) {
            queries.add(body);
            send(exchange, onQuery.apply(body));
        }
    }

    private void ledger(HttpExchange exchange) throws IOException {
        if (authorized(exchange)) {
            ledgerQueries.add(exchange.getRequestURI().getQuery());
            send(exchange, Answer.ok(ledger));
        }
    }

    private boolean authorized(HttpExchange exchange) throws IOException {
        if (("Bearer " + SECRET).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
        }
        unauthorized.incrementAndGet();
        send(exchange, new Answer(401, "{\"code\":\"unauthorized\"}", false));
        return false;
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders()
                .set("Content-Type", answer.status() == 200 ? "application/json" : "application/problem+json");
        if (answer.breaksOff()) {
            exchange.sendResponseHeaders(answer.status(), bytes.length + 1_000L);
            exchange.getResponseBody().write(bytes);
            exchange.getResponseBody().flush();
            exchange.close();
            return;
        }
        exchange.sendResponseHeaders(answer.status(), 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public synchronized void close() {
        server.stop(0);
    }
}
