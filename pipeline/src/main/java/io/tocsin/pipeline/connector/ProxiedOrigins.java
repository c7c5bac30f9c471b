package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import io.tocsin.pipeline.connector.proxy.ProxyException;
import io.tocsin.pipeline.connector.proxy.ProxyHeader;
import io.tocsin.pipeline.connector.proxy.TrustedProxies;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells the true senders of datagrams that came through a proxy. Headers that were seen before cost
/// no memory.
///
/// Thread-safety: one thread.
final class ProxiedOrigins {
    /// A datagram that may not be believed.
    static final int REFUSED = -1;

    private static final int REMEMBERED_POWER = 12;
    private static final int REMEMBERED = 1 << REMEMBERED_POWER;
    /// Longer headers are read each time.
    private static final int LONGEST_REMEMBERED = 256;
    /// Bytes of the fixed part of version 2, which ends with the length of the rest.
    private static final int SHORTEST = 16;

    /// A header that was believed. Immutable.
    private static final class Known {
        private final byte[] header;
        private final EntryOrigin direct;
        private final EntryOrigin origin;

        Known(byte[] header, EntryOrigin direct, EntryOrigin origin) {
            this.header = header;
            this.direct = direct;
            this.origin = origin;
        }

        @SuppressWarnings("ReferenceEquality") // direct senders are remembered; another object costs time only
        boolean is(EntryOrigin sender, byte[] bytes, int offset, int length) {
            return direct == sender
                    && header.length <= length
                    && Arrays.equals(header, 0, header.length, bytes, offset, offset + header.length);
        }
    }

    private final TrustedProxies proxies;
    private final Map<String, Boolean> trusted = new HashMap<>();
    /// The last header of each place; the place follows from what differs between senders.
    private final @Nullable Known[] known = new Known[REMEMBERED];

    private EntryOrigin origin = EntryOrigin.local("", "", "");

    ProxiedOrigins(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    /// Reads the header of a datagram.
    ///
    /// @param direct who sent it here; the same object for the same sender
    /// @return bytes of the header, or [#REFUSED]
    int read(EntryOrigin direct, byte[] bytes, int offset, int length) {
        int place = place(bytes, offset, length);
        Known last = known[place];
        if (last != null && last.is(direct, bytes, offset, length)) {
            origin = last.origin;
            return last.header.length;
        }
        if (!isTrusted(direct.peerAddress())) {
            return REFUSED;
        }
        try {
            ProxyHeader header = ProxyHeader.ofDatagram(bytes, offset, length);
            InetSocketAddress source = header.source();
            origin = source == null ? direct : proxied(source, direct);
            if (header.length() <= LONGEST_REMEMBERED) {
                known[place] = new Known(Arrays.copyOfRange(bytes, offset, offset + header.length()), direct, origin);
            }
            return header.length();
        } catch (ProxyException e) {
            return REFUSED;
        }
    }

    /// Where a header is remembered, from its bytes.
    private static int place(byte[] bytes, int offset, int length) {
        int hash = 1;
        int end = offset + extent(bytes, offset, length);
        for (int i = offset; i < end; i++) {
            hash = hash * 31 + bytes[i];
        }
        return (hash * 0x9E3779B9) >>> (Integer.SIZE - REMEMBERED_POWER);
    }

    /// Bytes of what looks like a header, at most so many as are remembered.
    private static int extent(byte[] bytes, int offset, int length) {
        int most = Math.min(length, LONGEST_REMEMBERED);
        if (length < SHORTEST) {
            return most;
        }
        if (bytes[offset] == '\r') {
            return Math.min(most, SHORTEST + ((bytes[offset + 14] & 0xff) << 8) + (bytes[offset + 15] & 0xff));
        }
        for (int i = 0; i < most; i++) {
            if (bytes[offset + i] == '\n') {
                return i + 1;
            }
        }
        return most;
    }

    /// Who sent the datagram that was read last.
    EntryOrigin origin() {
        return origin;
    }

    private boolean isTrusted(String address) {
        if (trusted.size() > REMEMBERED) {
            trusted.clear();
        }
        return trusted.computeIfAbsent(address, this::trusts);
    }

    private boolean trusts(String address) {
        try {
            return proxies.trusts(InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static EntryOrigin proxied(InetSocketAddress source, EntryOrigin direct) {
        return new EntryOrigin(
                direct.tenant(),
                direct.service(),
                direct.connector(),
                source.getAddress().getHostAddress(),
                source.getPort(),
                direct.localAddress(),
                direct.localPort(),
                "",
                direct.peerAddress(),
                direct.peerPort(),
                "");
    }
}
