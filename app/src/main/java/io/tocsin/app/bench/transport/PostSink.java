package io.tocsin.app.bench.transport;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Takes posts over HTTP: lines, or the deliveries that services send each other.
///
/// Thread-safety: any thread.
final class PostSink implements DestinationSink {
    private static final int MOST_BYTES = 64 << 20;
    private static final int READ_BYTES = 64 << 10;

    private final String type;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong events = new AtomicLong();

    private PostSink(String type) throws IOException {
        this.type = type;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
    }

    static PostSink lines() throws IOException {
        PostSink sink = new PostSink("http");
        sink.server.createContext("/", sink::takeLines);
        sink.server.start();
        return sink;
    }

    static PostSink deliveries() throws IOException {
        return deliveries("internal");
    }

    /// Deliveries that are compressed on the way, and decompressed here.
    static PostSink compressedDeliveries() throws IOException {
        return deliveries("internal, zstd");
    }

    private static PostSink deliveries(String type) throws IOException {
        PostSink sink = new PostSink(type);
        sink.server.createContext("/", PostSink::takeProbe);
        sink.server.createContext(DeliveryRun.PATH, sink::takeDelivery);
        sink.server.start();
        return sink;
    }

    private void takeLines(HttpExchange exchange) throws IOException {
        int ends = 0;
        byte[] buffer = new byte[READ_BYTES];
        try (InputStream in = exchange.getRequestBody()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    ends += buffer[i] == '\n' ? 1 : 0;
                }
            }
        }
        events.addAndGet(ends);
        answer(exchange, "");
    }

    private void takeDelivery(HttpExchange exchange) throws IOException {
        if (type.equals("internal, zstd")) {
            exchange.getResponseHeaders().set(DeliveryBody.ACCEPT_HEADER, DeliveryBody.ZSTD);
            String encoding = exchange.getRequestHeaders().getFirst(DeliveryBody.ENCODING_HEADER);
            DeliveryBody.read(exchange.getRequestBody(), encoding, 0, MOST_BYTES);
        } else {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        }
        long first = Long.parseLong(exchange.getRequestHeaders().getFirst("Tocsin-First-Sequence"));
        long count = Long.parseLong(exchange.getRequestHeaders().getFirst("Tocsin-Count"));
        events.addAndGet(count);
        answer(exchange, "{\"next\":" + (first + count) + "}");
    }

    private static void takeProbe(HttpExchange exchange) throws IOException {
        answer(exchange, "");
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.US_ASCII);
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public String destination() {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        return "{ type: %s, urls: [ \"%s\" ]%s }"
                .formatted(
                        type.equals("http") ? "http" : "internal",
                        url,
                        switch (type) {
                            case "http" -> ", format: json";
                            case "internal, zstd" -> ", compression: zstd";
                            default -> "";
                        });
    }

    @Override
    public @Nullable String peer() {
        return null;
    }

    @Override
    public double share() {
        return type.equals("http") ? 0.5 : 1;
    }

    @Override
    public long events() {
        return events.get();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
