package io.tocsin.app.bench.transport;

import io.tocsin.app.bench.CollectBenchmark;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A stream of a real nats-server, which keeps nothing of what it confirms for long. Speaks the text protocol of NATS
/// itself (docs.nats.io, client protocol; JetStream API).
///
/// Thread-safety: one thread.
final class JetstreamSink implements DestinationSink {
    private static final Path SERVER = Path.of("/usr/sbin/nats-server");
    private static final Pattern LAST = Pattern.compile("\"last_seq\":\\s*(\\d+)");
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final double SHARE = 0.25;

    private final Process server;
    private final int port;

    private JetstreamSink(Process server, int port) {
        this.server = server;
        this.port = port;
    }

    static boolean isInstalled() {
        return Files.isExecutable(SERVER);
    }

    /// @throws IOException when the server does not start or makes no stream
    static JetstreamSink open(Path folder) throws IOException {
        int port = CollectBenchmark.freePort();
        Process server = new ProcessBuilder(
                        SERVER.toString(),
                        "-a",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(port),
                        "-js",
                        "-sd",
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        JetstreamSink sink = new JetstreamSink(server, port);
        long until = System.nanoTime() + START_NANOS;
        while (true) {
            try {
                String answer = sink.request(
                        "$JS.API.STREAM.CREATE.BENCH",
                        "{\"name\":\"BENCH\",\"subjects\":[\"bench\"],\"storage\":\"file\",\"retention\":\"limits\",\"max_msgs\":100000,\"discard\":\"old\"}");
                if (answer.contains("\"error\"")) {
                    throw new IllegalStateException("nats-server makes no stream [answer=" + answer + "]");
                }
                return sink;
            } catch (IOException notYet) {
                if (System.nanoTime() > until) {
                    sink.close();
                    throw notYet;
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    /// Asks one thing and returns the answer.
    private String request(String subject, String body) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(5_000);
            OutputStream out = socket.getOutputStream();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            out.write(("CONNECT {\"verbose\":false}\r\nSUB _INBOX.bench 1\r\nPUB " + subject + " _INBOX.bench "
                            + body.length() + "\r\n" + body + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("MSG")) {
                    String answer = in.readLine();
                    return answer == null ? "" : answer;
                }
            }
            throw new IOException("nats-server does not answer [subject=" + subject + "]");
        }
    }

    @Override
    public String destination() {
        return "{ type: nats-jetstream, servers: [ \"127.0.0.1:%d\" ], subject: bench, stream: BENCH, format: raw }"
                .formatted(port);
    }

    @Override
    public @Nullable String peer() {
        return null;
    }

    @Override
    public double share() {
        return SHARE;
    }

    @Override
    public long events() throws IOException {
        Matcher last = LAST.matcher(request("$JS.API.STREAM.INFO.BENCH", ""));
        return last.find() ? Long.parseLong(last.group(1)) : 0;
    }

    @Override
    public void close() {
        server.destroy();
        try {
            server.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
