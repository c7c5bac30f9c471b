package io.tocsin.pipeline.connector.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/// Networks of the load balancers whose PROXY headers are believed. Immutable.
public final class TrustedProxies {

    /// A network; the bits behind its prefix count for nothing.
    private static final class Network {
        private final String text;
        private final byte[] address;
        private final int prefix;

        Network(String text, byte[] address, int prefix) {
            this.text = text;
            this.address = address;
            this.prefix = prefix;
        }

        String text() {
            return text;
        }

        boolean holds(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = prefix / 8;
            for (int i = 0; i < whole; i++) {
                if (other[i] != address[i]) {
                    return false;
                }
            }
            int rest = prefix % 8;
            return rest == 0 || (other[whole] ^ address[whole]) >> (8 - rest) == 0;
        }
    }

    private final List<Network> networks;

    private TrustedProxies(List<Network> networks) {
        this.networks = networks;
    }

    /// @param texts networks such as `10.1.0.0/24` or `fd00::/8`, or single addresses; none trusts everybody
    /// @throws IllegalArgumentException naming the text that is no network
    public static TrustedProxies of(List<String> texts) {
        List<Network> networks = new ArrayList<>();
        for (String text : texts) {
            networks.add(network(text.strip()));
        }
        return new TrustedProxies(List.copyOf(networks));
    }

    private static Network network(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        boolean literal = !host.isEmpty()
                && host.chars().allMatch(c -> c == ':' || c == '.' || Character.digit(c, 16) >= 0)
                && (host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9')));
        try {
            if (literal) {
                byte[] address = InetAddress.getByName(host).getAddress();
                int bits = address.length * 8;
                int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
                if (prefix >= 0 && prefix <= bits) {
                    return new Network(text, address, prefix);
                }
            }
        } catch (UnknownHostException | NumberFormatException e) {
            // Told below.
        }
        throw new IllegalArgumentException("not a network such as 10.1.0.0/24 or fd00::/8 [network=" + text + "]");
    }

    /// True when headers from there are believed.
    public boolean trusts(InetAddress peer) {
        if (networks.isEmpty()) {
            return true;
        }
        byte[] address = peer.getAddress();
        for (Network network : networks) {
            if (network.holds(address)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return networks.isEmpty()
                ? "everybody"
                : String.join(", ", networks.stream().map(Network::text).toList());
    }
}
