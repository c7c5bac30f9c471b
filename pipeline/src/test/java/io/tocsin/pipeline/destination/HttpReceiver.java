package io.tocsin.pipeline.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An HTTP endpoint on loopback that keeps the numbers in the bodies.
///
/// Thread-safety: any thread.
final class HttpReceiver implements AutoCloseable {
    private static final Pattern NUMBER = Pattern.compile("\"n=(\\d+);\"");

    private final int port;
    private final List<Integer> numbers = new ArrayList<>();
    private final List<String> authorizations = new ArrayList<>();
    private HttpServer server;
    private volatile int status = 200;
    private volatile int refusedNumber = -1;
    private volatile long pauseMillis;
    private volatile boolean healthy = true;

    HttpReceiver() throws IOException {
        server = listen(0);
        port = server.getAddress().getPort();
    }

    private HttpServer listen(int at) throws IOException {
        HttpServer made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 64);
        made.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        made.createContext("/events", this::take);
        made.createContext("/health", exchange -> answer(exchange, healthy ? 200 : 500));
        made.start();
        return made;
    }

    String url() {
        return "http://127.0.0.1:" + port + "/events";
    }

    private void take(HttpExchange exchange) throws IOException {
        InputStream in = exchange.getRequestBody();
        String encoding = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Encoding"));
        String body = new String(Decompressed.byName(encoding, in).readAllBytes(), UTF_8);
        if (pauseMillis > 0) {
            try {
                Thread.sleep(pauseMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (status != 200) {
            answer(exchange, status);
        } else if (body.contains("\"n=" + refusedNumber + ";\"")) {
            answer(exchange, 400);
        } else {
            synchronized (this) {
                authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                Matcher number = NUMBER.matcher(body);
                int last = -1;
                while (number.find()) {
                    int found = Integer.parseInt(number.group(1));
                    // Each number stands twice in an event: as its text and as the source text.
                    if (found != last) {
                        numbers.add(found);
                    }
                    last = found;
                }
            }
            answer(exchange, 200);
        }
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, -1);
        }
    }

    synchronized List<Integer> numbers() {
        return List.copyOf(numbers);
    }

    synchronized Set<Integer> distinct() {
        return new TreeSet<>(numbers);
    }

    synchronized List<String> authorizations() {
        return List.copyOf(authorizations);
    }

    void answerWith(int newStatus) {
        status = newStatus;
    }

    void refuse(int number) {
        refusedNumber = number;
    }

    void slow(long millis) {
        pauseMillis = millis;
    }

    void healthy(boolean now) {
        healthy = now;
    }

    void kill() {
        server.stop(0);
    }

    void restore() throws IOException {
        server = listen(port);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
