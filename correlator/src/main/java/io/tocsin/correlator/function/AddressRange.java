package io.tocsin.correlator.function;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// A network such as `10.0.0.0/8`, or a single address. Immutable.
///
/// @param bits of the prefix that count
@SuppressWarnings("ArrayRecordComponent")
record AddressRange(byte[] address, int bits) {
    /// The network that a text says, or null.
    static @Nullable AddressRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        double bits = slash < 0 ? address.length * 8.0 : Numbers.parse(text.substring(slash + 1));
        return bits >= 0 && bits <= address.length * 8 && bits == Math.rint(bits)
                ? new AddressRange(address, (int) bits)
                : null;
    }

    /// The bytes of an address, or null.
    static byte @Nullable [] address(String text) {
        if (text.isEmpty() || text.length() > 64) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text).getAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    /// True when the address that a text says lies in it.
    boolean contains(String text) {
        byte[] other = address(text);
        if (other == null || other.length != address.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit & 7);
            if ((address[bit >> 3] & mask) != (other[bit >> 3] & mask)) {
                return false;
            }
        }
        return true;
    }

    /// The network of so many bits around an address, as text.
    static String text(byte[] address, int bits) throws java.net.UnknownHostException {
        byte[] masked = address.clone();
        for (int bit = bits; bit < address.length * 8; bit++) {
            masked[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
        }
        return InetAddress.getByAddress(masked).getHostAddress() + "/" + bits;
    }
}
