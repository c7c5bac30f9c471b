package io.tocsin.app.up;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.lang.System.Logger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/// The HTTP endpoint of a service that has no screens: `/healthz`, `/readyz`, `/metrics`, and what the service takes.
///
/// Thread-safety: any thread.
final class ServiceListener implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ServiceListener.class.getName());
    private static final int BACKLOG = 256;
    private static final int STOP_SECONDS = 1;

    static {
        // Read once by the JDK's server when it is first used. Without it small answers wait for a delayed
        // acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", "120");
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final URI address;

    private ServiceListener(HttpServer server, ExecutorService threads, URI address) {
        this.server = server;
        this.threads = threads;
        this.address = address;
    }

    /// Begins to serve.
    ///
    /// @param handlers by path; each demands the secret itself
    /// @param ready whether the service does its work
    /// @param metrics OpenMetrics text without its last line
    /// @throws TocsinException when the address cannot be taken
    static ServiceListener open(
            ListenAddress listen, Map<String, HttpHandler> handlers, BooleanSupplier ready, Supplier<String> metrics) {
        if (!listen.isLoopback()) {
            LOG.log(
                    Logger.Level.WARNING,
                    "a service endpoint is open to other machines without encryption; let nobody else into that network or"
                            + " put a TLS proxy in front [listen=" + listen.host() + ":" + listen.port() + "]");
        }
        HttpServer server;
        try {
            server = HttpServer.create(listen.socketAddress(), BACKLOG);
        } catch (IOException e) {
            throw TocsinException.of(
                    ErrorCode.ADDRESS_IN_USE,
                    "cannot listen; stop what listens there or choose another address [address=" + listen.host() + ":"
                            + listen.port() + ", reason=" + e.getMessage() + "]",
                    e);
        }
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        handlers.forEach(server::createContext);
        server.createContext("/healthz", exchange -> send(exchange, 200, "text/plain", "ok\n"));
        server.createContext("/readyz", exchange -> {
            boolean works = ready.getAsBoolean();
            send(exchange, works ? 200 : 503, "text/plain", works ? "ready\n" : "not ready\n");
        });
        server.createContext(
                "/metrics",
                exchange -> send(
                        exchange,
                        200,
                        "application/openmetrics-text; version=1.0.0; charset=utf-8",
                        metrics.get() + "# EOF\n"));
        server.start();
        return new ServiceListener(
                server, threads, listen.localUri(server.getAddress().getPort()));
    }

    /// The route that tells whether traffic may come, for those that steer it, and below it a document that says
    /// why not; without a secret, as `/healthz`.
    static HttpHandler health(ListenerCheck check) {
        return exchange -> {
            if (ListenerCheck.DOCUMENT_PATH.equals(exchange.getRequestURI().getRawPath())) {
                HealthDocument document = check.document();
                send(
                        exchange,
                        document.healthy() ? 200 : 503,
                        "application/json",
                        JsonMapper.shared().writeValueAsString(document) + "\n");
                return;
            }
            ListenerCheck.Verdict verdict = check.check();
            send(exchange, verdict.healthy() ? 200 : 503, "text/plain", verdict.text());
        };
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /// Where it listens, as somebody on this machine reaches it.
    URI address() {
        return address;
    }

    @Override
    public void close() {
        server.stop(STOP_SECONDS);
        threads.shutdownNow();
    }
}
