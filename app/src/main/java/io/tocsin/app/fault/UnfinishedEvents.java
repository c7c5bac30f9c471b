package io.tocsin.app.fault;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A peer with many connections that begins an event of 1 MiB on each and ends none of them.
///
/// Thread-safety: one thread.
public final class UnfinishedEvents implements AutoCloseable {
    private static final int ANNOUNCED_BYTES = 1 << 20;

    /// What is spoken on a connection.
    public enum Protocol {
        /// Syslog over TCP with counted frames.
        LINES(ANNOUNCED_BYTES + " <13>"),
        RELP("1 open 52 relp_version=0\nrelp_software=endless\ncommands=syslog\n2 syslog " + ANNOUNCED_BYTES + " "),
        /// Lumberjack: a window of one event.
        BEATS("2W\0\0\0\1" + "2J\0\0\0\1" + "\0\20\0\0{");

        private final String head;

        Protocol(String head) {
            this.head = head;
        }
    }

    private final List<Connection> connections = new ArrayList<>();

    private record Connection(SocketChannel channel, ByteBuffer head, ByteBuffer body) {
        boolean send() {
            try {
                int before = head.remaining() + body.remaining();
                channel.write(head);
                if (!head.hasRemaining()) {
                    channel.write(body);
                }
                return head.remaining() + body.remaining() < before;
            } catch (IOException closedByCollector) {
                head.position(head.limit());
                body.position(body.limit());
                return false;
            }
        }
    }

    private UnfinishedEvents() {}

    /// Connects and sends what is taken at once.
    ///
    /// @param from address of the peer, one of this machine
    /// @param count connections, spread over the targets
    /// @param bytes sent of each event, less than 1 MiB
    public static UnfinishedEvents begin(
            InetAddress from, Map<Protocol, InetSocketAddress> targets, int count, int bytes) throws IOException {
        UnfinishedEvents all = new UnfinishedEvents();
        SocketAddress any = new InetSocketAddress(from, 0);
        List<Map.Entry<Protocol, InetSocketAddress>> ways = List.copyOf(targets.entrySet());
        ByteBuffer body = ByteBuffer.allocateDirect(bytes);
        while (body.hasRemaining()) {
            body.put((byte) 'x');
        }
        body.flip();
        try {
            for (int i = 0; i < count; i++) {
                Map.Entry<Protocol, InetSocketAddress> way = ways.get(i % ways.size());
                SocketChannel channel = SocketChannel.open();
                Connection connection = new Connection(
                        channel, ByteBuffer.wrap(way.getKey().head.getBytes(US_ASCII)), body.duplicate());
                all.connections.add(connection);
                channel.bind(any);
                channel.connect(way.getValue());
                channel.configureBlocking(false);
                connection.send();
            }
            return all;
        } catch (IOException e) {
            all.close();
            throw e;
        }
    }

    /// Sends what the collector takes now.
    ///
    /// @return false when it takes nothing
    public boolean send() {
        boolean sent = false;
        for (Connection each : connections) {
            sent |= each.send();
        }
        return sent;
    }

    @Override
    public void close() throws IOException {
        for (Connection each : connections) {
            each.channel().close();
        }
    }
}
