package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/// Takes lines over TCP.
///
/// Thread-safety: any thread; each connection has a thread of its own.
final class LinesSink implements DestinationSink {
    private static final int READ_BYTES = 256 << 10;

    private final String format;
    private final ServerSocketChannel server;
    private final AtomicLong lines = new AtomicLong();

    private LinesSink(String format, ServerSocketChannel server) {
        this.format = format;
        this.server = server;
    }

    /// @param format what the destination is told to write: `raw` or `json`
    static LinesSink open(String format) throws IOException {
        LinesSink sink = new LinesSink(
                format, ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        Thread.ofPlatform().name("lines-sink").daemon().start(sink::accept);
        return sink;
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel peer = server.accept();
                Thread.ofPlatform().name("lines-sink-peer").daemon().start(() -> read(peer));
            }
        } catch (IOException closed) {
            // The run is over.
        }
    }

    private void read(SocketChannel peer) {
        ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
        try (peer) {
            while (peer.read(buffer.clear()) >= 0) {
                int ends = 0;
                for (int i = 0; i < buffer.position(); i++) {
                    ends += buffer.get(i) == '\n' ? 1 : 0;
                }
                lines.addAndGet(ends);
            }
        } catch (IOException broken) {
            // The sender was stopped.
        }
    }

    private int port() throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    @Override
    public String destination() {
        try {
            return "{ type: tcp, urls: [ \"127.0.0.1:%d\" ], format: %s }".formatted(port(), format);
        } catch (IOException e) {
            throw new IllegalStateException("the sink is closed", e);
        }
    }

    @Override
    public String peer() {
        try {
            String template = format.equals("raw")
                    ? "template(name=\"sent\" type=\"string\" string=\"%rawmsg%\\n\")"
                    : "template(name=\"sent\" type=\"list\" option.jsonf=\"on\") { property(outname=\"@timestamp\" name=\"timereported\" dateFormat=\"rfc3339\" format=\"jsonf\")"
                            + " property(outname=\"host\" name=\"hostname\" format=\"jsonf\") property(outname=\"program\" name=\"app-name\" format=\"jsonf\")"
                            + " property(outname=\"pid\" name=\"procid\" format=\"jsonf\") property(outname=\"message\" name=\"msg\" format=\"jsonf\") }";
            return template + "\n%s action(type=\"omfwd\" protocol=\"tcp\" target=\"127.0.0.1\" port=\"" + port()
                    + "\" template=\"sent\")";
        } catch (IOException e) {
            throw new IllegalStateException("the sink is closed", e);
        }
    }

    @Override
    public long events() {
        return lines.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
