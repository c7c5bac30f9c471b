package io.tocsin.config;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A network address as people write it: `host:port`, `[::1]:514`, or `:514` for all addresses of this machine.
///
/// @param host name or literal, IPv6 without brackets; not looked up
/// @param port 0 to 65535; listening on 0 takes any free port
public record Address(String host, int port) {
    private static final String ALL = "0.0.0.0";

    public Address {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port out of range [port=" + port + "]");
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("host is missing");
        }
    }

    /// The address that the text means, or null when it means none.
    public static @Nullable Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || text.length() - colon - 1 < 1 || text.length() - colon - 1 > 5) {
            return null;
        }
        int port = 0;
        for (int i = colon + 1; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return null;
            }
            port = port * 10 + text.charAt(i) - '0';
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            return null;
        }
        if (host.isEmpty() || host.equals("*")) {
            host = ALL;
        }
        boolean badHost = host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == '[' || c == ']' || c == '@');
        return badHost || port > 65_535 ? null : new Address(host, port);
    }

    /// Looks the host up; the result may be unresolved.
    public InetSocketAddress toSocketAddress() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
