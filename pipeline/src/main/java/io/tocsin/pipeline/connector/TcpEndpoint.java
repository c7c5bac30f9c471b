package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.error.TocsinException;
import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.kernel.FreeBind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/// A TCP port of this machine. When the kernel chose it, it stays the same as long as the process runs.
///
/// Thread-safety: see [StreamEndpoint].
final class TcpEndpoint implements StreamEndpoint {
    private final String kind;
    private final StreamSettings settings;
    private final ConnectorContext context;
    private volatile Address address;

    /// @param kind of the connector, for messages and origins
    TcpEndpoint(String kind, StreamSettings settings, ConnectorContext context) {
        this.kind = kind;
        this.settings = settings;
        this.context = context;
        this.address = settings.listen();
    }

    @Override
    public ServerSocket listen() throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            if (settings.receiveBufferBytes() > 0) {
                socket.setReceiveBufferSize(settings.receiveBufferBytes());
            }
            InetSocketAddress wanted = address.toSocketAddress();
            if (wanted.isUnresolved()) {
                throw new SocketException("unknown host");
            }
            if (settings.freeBind()) {
                FreeBind.allow(socket);
            }
            socket.bind(wanted, StreamListener.BACKLOG);
            address = new Address(settings.listen().host(), socket.getLocalPort());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public TocsinException failure(IOException cause) {
        return ListenFailure.of(kind, settings.listen(), cause);
    }

    @Override
    public int descriptorsPerConnection() {
        return 1;
    }

    @Override
    public String address() {
        return address.toString();
    }

    @Override
    public EntryOrigin origin(Socket socket, @Nullable InetSocketAddress proxied, String subject) {
        InetSocketAddress direct = new InetSocketAddress(socket.getInetAddress(), socket.getPort());
        InetSocketAddress peer = proxied != null ? proxied : direct;
        return new EntryOrigin(
                context.tenant(),
                context.service(),
                kind,
                peer.getAddress().getHostAddress(),
                peer.getPort(),
                socket.getLocalAddress().getHostAddress(),
                socket.getLocalPort(),
                "",
                proxied == null ? "" : direct.getAddress().getHostAddress(),
                proxied == null ? -1 : direct.getPort(),
                subject);
    }
}
