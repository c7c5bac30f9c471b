package io.tocsin.correlator.rule;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An IPv4 or IPv6 network such as `10.0.0.0/8`.
///
/// Thread-safety: immutable.
public final class Network {
    private final byte[] address;
    private final int bits;

    private Network(byte[] address, int bits) {
        this.address = address;
        this.bits = bits;
    }

    /// The network of a text, or null when the text names none. An address alone is a network of one.
    public static @Nullable Network parse(String text) {
        int slash = text.indexOf('/');
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] address = new byte[16];
        int size = parse(bytes, 0, slash < 0 ? bytes.length : slash, address);
        if (size == 0) {
            return null;
        }
        int bits = size * 8;
        if (slash >= 0) {
            try {
                bits = Integer.parseInt(text.substring(slash + 1));
            } catch (NumberFormatException notANumber) {
                return null;
            }
        }
        if (slash >= 0 && size == 4 && text.indexOf(':') >= 0) {
            // The IPv6 form of an IPv4 network counts the 96 bits before it.
            bits -= 96;
        }
        if (bits < 0 || bits > size * 8) {
            return null;
        }
        return new Network(Arrays.copyOf(address, size), bits);
    }

    /// As it is written, such as `10.0.0.0/8`.
    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(address).getHostAddress() + "/" + bits;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("BUG: an address has 4 or 16 bytes", e);
        }
    }

    /// True when the value is an address of this network.
    ///
    /// @param scratch 16 bytes to work in
    public boolean contains(byte[] bytes, int offset, int length, byte[] scratch) {
        if (parse(bytes, offset, length, scratch) != address.length) {
            return false;
        }
        return begins(scratch, bits);
    }

    /// True when every address of the other network lies in this one.
    public boolean contains(Network other) {
        return other.address.length == address.length && other.bits >= bits && begins(other.address, bits);
    }

    private boolean begins(byte[] other, int length) {
        int whole = length >> 3;
        for (int i = 0; i < whole; i++) {
            if (other[i] != address[i]) {
                return false;
            }
        }
        int rest = length & 7;
        return rest == 0 || ((other[whole] ^ address[whole]) & (0xFF00 >> rest) & 0xFF) == 0;
    }

    /// Reads an address.
    ///
    /// @param into takes the address; an IPv6 form of an IPv4 address (`::ffff:1.2.3.4`) is taken as IPv4
    /// @return 4, 16, or 0 when it is no address
    static int parse(byte[] bytes, int offset, int length, byte[] into) {
        if (length < 2 || length > 45) {
            return 0;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[offset + i] == ':') {
                return parseSix(bytes, offset, offset + length, into);
            }
        }
        return parseFour(bytes, offset, offset + length, into, 0) ? 4 : 0;
    }

    private static boolean parseFour(byte[] bytes, int from, int end, byte[] into, int at) {
        int part = 0;
        int digits = 0;
        int count = 0;
        for (int i = from; i <= end; i++) {
            if (i == end || bytes[i] == '.') {
                if (digits == 0 || part > 255 || count == 4) {
                    return false;
                }
                into[at + count++] = (byte) part;
                part = 0;
                digits = 0;
            } else if (bytes[i] >= '0' && bytes[i] <= '9' && digits < 3) {
                part = part * 10 + bytes[i] - '0';
                digits++;
            } else {
                return false;
            }
        }
        return count == 4;
    }

    private static int parseSix(byte[] bytes, int from, int end, byte[] into) {
        int at = 0;
        int gap = -1;
        int i = from;
        if (bytes[i] == ':') {
            if (end - from < 2 || bytes[i + 1] != ':') {
                return 0;
            }
            gap = 0;
            i += 2;
        }
        while (i < end && bytes[i] != '%') {
            int groupStart = i;
            int value = 0;
            while (i < end && hex(bytes[i]) >= 0 && i - groupStart < 5) {
                value = value << 4 | hex(bytes[i]);
                i++;
            }
            if (i < end && bytes[i] == '.') {
                if (at > 12 || !parseFour(bytes, groupStart, end, into, at)) {
                    return 0;
                }
                at += 4;
                i = end;
                break;
            }
            if (i == groupStart || i - groupStart > 4 || at > 14) {
                return 0;
            }
            into[at++] = (byte) (value >> 8);
            into[at++] = (byte) value;
            if (i < end && bytes[i] == ':') {
                i++;
                if (i < end && bytes[i] == ':') {
                    if (gap >= 0) {
                        return 0;
                    }
                    gap = at;
                    i++;
                } else if (i == end) {
                    return 0;
                }
            } else if (i < end && bytes[i] != '%') {
                return 0;
            }
        }
        if (gap >= 0 ? at > 14 : at != 16) {
            return 0;
        }
        if (gap >= 0) {
            int moved = at - gap;
            System.arraycopy(into, gap, into, 16 - moved, moved);
            Arrays.fill(into, gap, 16 - moved, (byte) 0);
        }
        for (int k = 0; k < 12; k++) {
            if (into[k] != (k < 10 ? 0 : (byte) 0xFF)) {
                return 16;
            }
        }
        System.arraycopy(into, 12, into, 0, 4);
        return 4;
    }

    private static int hex(byte c) {
        return Character.digit(c, 16);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Network that && bits == that.bits && Arrays.equals(address, that.address);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(address) * 31 + bits;
    }
}
