package io.tocsin.app.bench.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// Lines over HTTP, posts of [#POST_LINES] lines one after another on one connection, plain or compressed.
record HttpLoad(boolean compressed) implements InputLoad {
    private static final int POST_LINES = 5_000;

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
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < times * bodies.length; i++) {
                HttpRequest.Builder request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + target.getPort() + "/"))
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(bodies[i % bodies.length]));
                if (compressed) {
                    request.header("Content-Encoding", "gzip");
                }
                HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    throw new IOException("the receiver refuses [status=" + response.statusCode() + "]");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
