package io.tocsin.app.up;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;

/// Where a service listens, written `host:port`; an IPv6 address stands in brackets.
///
/// @param port 0 for any free one
public record ListenAddress(String host, int port) {
    public ListenAddress {
        if (host.isBlank() || port < 0 || port > 65_535) {
            throw new IllegalArgumentException(
                    "an address needs a host and a port of 0 to 65535 [host=" + host + ", port=" + port + "]");
        }
    }

    /// @throws IllegalArgumentException when it is not `host:port`
    public static ListenAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(0, colon));
            return new ListenAddress(
                    host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cannot read the address [address=" + text + "]: write host:port", e);
        }
    }

    public InetSocketAddress socketAddress() {
        return new InetSocketAddress(host, port);
    }

    /// Where somebody on this machine reaches it; `0.0.0.0` is reached as loopback.
    ///
    /// @param boundPort the port that was taken
    public URI localUri(int boundPort) {
        InetAddress address = socketAddress().getAddress();
        String name = address == null || address.isAnyLocalAddress()
                ? InetAddress.getLoopbackAddress().getHostAddress()
                : host;
        return URI.create("http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + boundPort);
    }

    /// Whether only this machine can reach it.
    public boolean isLoopback() {
        InetAddress address = socketAddress().getAddress();
        return address != null && address.isLoopbackAddress();
    }
}
