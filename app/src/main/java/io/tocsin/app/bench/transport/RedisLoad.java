package io.tocsin.app.bench.transport;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Events pushed onto a list of Redis, a command each, without waiting for the reply to the one before.
record RedisLoad() implements InputLoad {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final byte[] PUSH = "*3\r\n$5\r\nRPUSH\r\n$6\r\nevents\r\n$".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LINE_END = {'\r', '\n'};

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public String connector(int port) {
        return "{ type: redis, listen: \"127.0.0.1:%d\", receiveBuffer: 4MiB }".formatted(port);
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
        try (Socket socket = new Socket(target.getAddress(), target.getPort())) {
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
            InputStream in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
            SendWindow window = new SendWindow();
            Thread.ofPlatform().daemon().start(() -> replies(in, window));
            for (int i = 0; i < times; i++) {
                for (byte[] line : SyslogBlock.lines()) {
                    window.begin(out);
                    out.write(PUSH);
                    out.write(Integer.toString(line.length).getBytes(StandardCharsets.US_ASCII));
                    out.write(LINE_END);
                    out.write(line);
                    out.write(LINE_END);
                }
            }
            out.flush();
            window.awaitAll();
        }
    }

    /// Numbers only: after anything else the sender waits in vain.
    private static void replies(InputStream in, SendWindow window) {
        try {
            while (in.read() == ':') {
                int next = in.read();
                while (next >= 0 && next != '\n') {
                    next = in.read();
                }
                window.answered();
            }
        } catch (IOException ended) {
            // The connection is over; who waits for room finds out by the time it takes.
        }
    }
}
