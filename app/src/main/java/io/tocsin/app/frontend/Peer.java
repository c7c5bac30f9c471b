package io.tocsin.app.frontend;

/// A collector as the front end reaches it.
///
/// @param host name or address
/// @param port of the listener that the front end sends to
public record Peer(String host, int port) {
    private static final int MAX_PORT = 65_535;

    public Peer {
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '"' || c == ';' || c == '{' || c == '}')) {
            throw new IllegalArgumentException("not a host name or address [host=" + host + "]");
        }
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("not a port [port=" + port + "]: 1 to " + MAX_PORT);
        }
    }

    /// Reads `host`, `host:port` or `[IPv6]:port`.
    ///
    /// @param defaultPort when the text names none
    /// @throws IllegalArgumentException when it is none of them
    public static Peer parse(String text, int defaultPort) {
        int colon = text.lastIndexOf(':');
        boolean bare = colon < 0 || text.endsWith("]") || (text.indexOf(':') != colon && !text.startsWith("["));
        String host = bare ? text : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            return new Peer(host, bare ? defaultPort : Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a port [address=" + text + "]: write host:port", e);
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
