package io.tocsin.pipeline.destination;

import io.tocsin.config.Address;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.ValueType;
import io.tocsin.config.Values;
import io.tocsin.pipeline.tls.ClientTls;
import io.tocsin.pipeline.tls.ClientTlsContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How connections to peers are made: TLS and a proxy.
///
/// @param tls null: without TLS
/// @param proxy null: directly
public record Connecting(@Nullable ClientTls tls, @Nullable ProxyServer proxy) {
    private static final Duration LONGEST_CONNECT = Duration.ofSeconds(3);

    /// A proxy server.
    ///
    /// @param socks true: SOCKS 5 (RFC 1928); false: HTTP `CONNECT` (RFC 9110, 9.3.6)
    public record ProxyServer(boolean socks, Address address) {
        private static final String HTTP = "http://";
        private static final String SOCKS = "socks5://";

        private static final ValueType<ProxyServer> TYPE = ValueType.ofText(
                "proxy http://host:port or socks5://host:port",
                "a proxy such as http://10.0.0.1:3128 or socks5://10.0.0.1:1080",
                ProxyServer::parse,
                ProxyServer::toString);

        private static @Nullable ProxyServer parse(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            boolean socks = lower.startsWith(SOCKS);
            if (!socks && !lower.startsWith(HTTP)) {
                return null;
            }
            Address address = Address.parse(text.substring(socks ? SOCKS.length() : HTTP.length()));
            return address == null ? null : new ProxyServer(socks, address);
        }

        @Override
        public String toString() {
            return (socks ? SOCKS : HTTP) + address;
        }
    }

    /// The keys `tls` and `proxy`.
    ///
    /// Thread-safety: one thread.
    static final class Keys {
        private final OptionalKey<ClientTls> tls;
        private final OptionalKey<ProxyServer> proxy;

        Keys(ConfigSpec.Builder keys) {
            tls = keys.nested("tls", "Speaks TLS with the peers.", ClientTls.SPEC)
                    .optional();
            proxy = keys.key("proxy", "Proxy through which peers are reached.", ProxyServer.TYPE)
                    .example("socks5://10.0.0.1:1080")
                    .optional();
        }

        Connecting read(Values values) {
            return new Connecting(values.get(tls), values.get(proxy));
        }
    }

    /// What connections share: the files of TLS, read once.
    @Nullable
    ClientTlsContext openTls() {
        return tls == null ? null : tls.open();
    }

    /// Longest time to wait for a connection.
    static Duration connectTimeout(Duration timeout) {
        return timeout.compareTo(LONGEST_CONNECT) < 0 ? timeout : LONGEST_CONNECT;
    }

    /// Connects to a peer, hands shaken.
    ///
    /// @param context of [#openTls()]
    Connected connect(Address address, Duration timeout, @Nullable ClientTlsContext context) throws IOException {
        ProxyServer through = proxy;
        Socket socket = through == null
                ? new Socket()
                : new Socket(new Proxy(
                        through.socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP, through.address.toSocketAddress()));
        boolean done = false;
        try {
            int millis = (int) connectTimeout(timeout).toMillis();
            InetSocketAddress target = through == null
                    ? address.toSocketAddress()
                    // The proxy looks the name up.
                    : InetSocketAddress.createUnresolved(address.host(), address.port());
            socket.connect(target, millis);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            Socket spoken = socket;
            if (context != null) {
                socket.setSoTimeout(millis);
                spoken = context.socket(socket, address.host(), address.port());
                socket.setSoTimeout(0);
            }
            done = true;
            return new Connected(
                    spoken, socket.getLocalPort(), through == null ? address.port() : through.address.port());
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /// A connection.
    ///
    /// @param socket what is spoken over
    /// @param localPort port of this side, as the kernel knows the connection
    /// @param remotePort port of the other side, that of the proxy when there is one
    record Connected(Socket socket, int localPort, int remotePort) {}
}
