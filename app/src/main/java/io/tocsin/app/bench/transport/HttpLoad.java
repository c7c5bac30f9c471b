package io.tocsin.app.bench.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// Lines over HTTP, posts of [#POST_LINES] lines one after another on each of [#CONNECTIONS] connections, plain or
/// compressed. With one connection sender and receiver would wait for each other: one processor of two would always
/// be idle, and a second receiver, which takes that away, would look as if it cost more.
record HttpLoad(boolean compressed) implements InputLoad {
    private static final int POST_LINES = 5_000;
    private static final int CONNECTIONS = 2;

    @Override
    public String name() {
        return compressed ? "http, gzip" : "http";
    }

    @Override
    public String connector(int port) {
        return "{ type: http, listen: \"127.0.0.1:%d\", anonymous: true }".formatted(port);
    }

    @Override
    public String format() {
        return "syslog";
    }

    @Override
    public @Nullable String peer(int port) {
        return null;
    }

    @Override
    public double share() {
        return compressed ? 0.5 : 1;
    }

    @Override
    public void send(InetSocketAddress target, int times) throws IOException {
        byte[][] bodies = new byte[SyslogBlock.LINES / POST_LINES][];
        for (int i = 0; i < bodies.length; i++) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            try (var out = compressed ? new GZIPOutputStream(body) : body) {
                for (byte[] line : SyslogBlock.lines().subList(i * POST_LINES, (i + 1) * POST_LINES)) {
                    out.write(line);
                    out.write('\n');
                }
            }
            bodies[i] = body.toByteArray();
        }
        List<Thread> posting = new ArrayList<>();
        List<IOException> failures = Collections.synchronizedList(new ArrayList<>());
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            AtomicInteger next = new AtomicInteger();
            for (int i = 0; i < CONNECTIONS; i++) {
                posting.add(Thread.ofPlatform().daemon().start(() -> {
                    try {
                        for (int post = next.getAndIncrement();
                                post < times * bodies.length && failures.isEmpty();
                                post = next.getAndIncrement()) {
                            post(client, target, bodies[post % bodies.length]);
                        }
                    } catch (IOException e) {
                        failures.add(e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
            }
            for (Thread each : posting) {
                each.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
    }

    private void post(HttpClient client, InetSocketAddress target, byte[] body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + target.getPort() + "/"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (compressed) {
            request.header("Content-Encoding", "gzip");
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("the receiver refuses [status=" + response.statusCode() + "]");
        }
    }
}
