package io.tocsin.app.bench.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// Lines of syslog over a stream socket of the file system.
///
/// @param folder for the sockets
record UnixLoad(Path folder) implements InputLoad {
    private static final int WRITE_BYTES = 64 << 10;

    private Path path(int port) {
        return folder.resolve(port + ".sock");
    }

    @Override
    public String name() {
        return "unix";
    }

    @Override
    public String connector(int port) {
        return "{ type: unix, path: \"%s\", framing: auto }".formatted(path(port));
    }

    @Override
    public String format() {
        return "syslog";
    }

    @Override
    public String peer(int port) {
        return """
                module(load="imptcp")
                input(type="imptcp" path="%s" unlink="on" ruleset="receive")
                """.formatted(path(port));
    }

    @Override
    public boolean listens() {
        return false;
    }

    @Override
    public void send(InetSocketAddress target, int times) throws IOException {
        ByteBuffer block = SyslogBlock.text();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path(target.getPort())))) {
            for (int i = 0; i < times; i++) {
                for (int at = 0; at < block.limit(); at += WRITE_BYTES) {
                    ByteBuffer part = block.slice(at, Math.min(WRITE_BYTES, block.limit() - at));
                    while (part.hasRemaining()) {
                        channel.write(part);
                    }
                }
            }
            channel.shutdownOutput();
            ByteBuffer nothing = ByteBuffer.allocate(1);
            while (channel.read(nothing) >= 0) {
                nothing.clear();
            }
        }
    }
}
