package io.tocsin.pipeline.connector.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a PROXY header said.
///
/// @param source the true peer; null when the header names none: a check of the load balancer itself
/// (`LOCAL`), or an address that is not of IP (`UNKNOWN`, `UNSPEC`, `UNIX`). The peer of the
/// connection counts then.
/// @param destination where the true peer connected to; null as above
/// @param length bytes of the header; what follows belongs to the protocol
public record ProxyHeader(
        @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination, int length) {
    /// Longest header of version 1, its line end included.
    static final int VERSION_1_BYTES = 107;
    /// Fixed part of version 2.
    static final int VERSION_2_FIXED_BYTES = 16;

    private static final byte[] VERSION_1 = "PROXY".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VERSION_2 = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int LOCAL = 0;
    private static final int PROXY = 1;
    private static final int UNIX_BYTES = 216;
    private static final int CRC32C_TYPE = 0x03;

    /// Reads the header that a datagram begins with; the message follows behind [#length()]. The
    /// specification knows datagrams in version 2 only; nginx sends a line of version 1 in front of them,
    /// with `TCP4` or `TCP6` in it.
    ///
    /// @param length bytes of the whole datagram
    /// @throws ProxyException when it does not begin with a whole header
    public static ProxyHeader ofDatagram(byte[] bytes, int offset, int length) throws ProxyException {
        if (length >= VERSION_1.length && bytes[offset] == VERSION_1[0]) {
            return line(bytes, offset, length);
        }
        if (length < VERSION_2_FIXED_BYTES || !beginsVersion2(bytes, offset, VERSION_2.length)) {
            throw new ProxyException("a datagram does not begin with a PROXY header");
        }
        int whole = VERSION_2_FIXED_BYTES + restOf(bytes, offset);
        if (whole > length) {
            throw new ProxyException("a PROXY header is longer than its datagram");
        }
        return version2(bytes, offset, whole);
    }

    private static ProxyHeader line(byte[] bytes, int offset, int length) throws ProxyException {
        for (int i = 0; i < VERSION_1.length; i++) {
            if (bytes[offset + i] != VERSION_1[i]) {
                throw new ProxyException("a datagram does not begin with a PROXY header");
            }
        }
        int most = Math.min(length, VERSION_1_BYTES);
        for (int end = VERSION_1.length; end + 1 < most; end++) {
            if (bytes[offset + end] == '\r' && bytes[offset + end + 1] == '\n') {
                return version1(new String(bytes, offset, end, StandardCharsets.ISO_8859_1), end + 2);
            }
        }
        throw new ProxyException("a PROXY line has no end");
    }

    /// True when the bytes so far may become a header of version 2.
    static boolean beginsVersion2(byte[] bytes, int offset, int length) {
        for (int i = 0; i < Math.min(length, VERSION_2.length); i++) {
            if (bytes[offset + i] != VERSION_2[i]) {
                return false;
            }
        }
        return true;
    }

    static boolean beginsVersion1(byte[] bytes, int length) {
        for (int i = 0; i < Math.min(length, VERSION_1.length); i++) {
            if (bytes[i] != VERSION_1[i]) {
                return false;
            }
        }
        return true;
    }

    /// Bytes behind the fixed part of version 2.
    static int restOf(byte[] bytes, int offset) {
        return number(bytes, offset + 14);
    }

    private static int number(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }

    /// @param length of the whole header, as it says itself
    static ProxyHeader version2(byte[] bytes, int offset, int length) throws ProxyException {
        int version = (bytes[offset + 12] >> 4) & 0xF;
        int command = bytes[offset + 12] & 0xF;
        if (version != 2 || command > PROXY) {
            throw new ProxyException("a PROXY header has an unknown version or command [version=" + version
                    + ", command=" + command + "]");
        }
        int family = (bytes[offset + 13] >> 4) & 0xF;
        int transport = bytes[offset + 13] & 0xF;
        if (family > 3 || transport > 2) {
            throw new ProxyException(
                    "a PROXY header has an unknown family [family=" + family + ", transport=" + transport + "]");
        }
        int addressBytes = switch (family) {
            case 1 -> 4;
            case 2 -> 16;
            default -> 0;
        };
        int addresses = family == 3 ? UNIX_BYTES : addressBytes == 0 ? 0 : 2 * addressBytes + 4;
        if (command == LOCAL) {
            // Its addresses, if any, are to be ignored, but what follows them is still checked.
            addresses = Math.min(addresses, length - VERSION_2_FIXED_BYTES);
        }
        int options = VERSION_2_FIXED_BYTES + addresses;
        if (options > length) {
            throw new ProxyException("a PROXY header is shorter than its addresses [bytes=" + length + "]");
        }
        // Behind unspecified addresses nothing is said of what stands there.
        if (family != 0) {
            checkOptions(bytes, offset, options, length);
        }
        if (command == LOCAL || addressBytes == 0) {
            return new ProxyHeader(null, null, length);
        }
        int at = offset + VERSION_2_FIXED_BYTES;
        int ports = at + 2 * addressBytes;
        return new ProxyHeader(
                new InetSocketAddress(address(bytes, at, addressBytes), number(bytes, ports)),
                new InetSocketAddress(address(bytes, at + addressBytes, addressBytes), number(bytes, ports + 2)),
                length);
    }

    private static void checkOptions(byte[] bytes, int offset, int from, int length) throws ProxyException {
        int at = from;
        while (at < length) {
            if (length - at < 3) {
                throw new ProxyException("a PROXY header ends within an option");
            }
            int type = bytes[offset + at] & 0xFF;
            int size = number(bytes, offset + at + 1);
            int value = at + 3;
            if (size > length - value) {
                throw new ProxyException("a PROXY header ends within an option");
            }
            if (type == CRC32C_TYPE) {
                if (size != 4) {
                    throw new ProxyException("the checksum of a PROXY header is not of 4 bytes");
                }
                checkSum(bytes, offset, value, length);
            }
            at = value + size;
        }
    }

    private static void checkSum(byte[] bytes, int offset, int value, int length) throws ProxyException {
        long said = 0;
        for (int i = 0; i < 4; i++) {
            said = (said << 8) | (bytes[offset + value + i] & 0xFF);
        }
        CRC32C sum = new CRC32C();
        sum.update(bytes, offset, value);
        sum.update(new byte[4]);
        sum.update(bytes, offset + value + 4, length - value - 4);
        if (sum.getValue() != said) {
            throw new ProxyException("a PROXY header does not carry its checksum");
        }
    }

    private static InetAddress address(byte[] bytes, int at, int length) {
        byte[] address = new byte[length];
        System.arraycopy(bytes, at, address, 0, length);
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    /// @param line without its line end
    static ProxyHeader version1(String line, int length) throws ProxyException {
        String[] words = line.split(" ", -1);
        if (words.length >= 2 && words[1].equals("UNKNOWN")) {
            return new ProxyHeader(null, null, length);
        }
        boolean four = words.length >= 2 && words[1].equals("TCP4");
        boolean six = words.length >= 2 && words[1].equals("TCP6");
        if (words.length != 6 || !(four || six)) {
            throw new ProxyException("a PROXY line is wrong");
        }
        return new ProxyHeader(
                new InetSocketAddress(address(words[2], four), port(words[4])),
                new InetSocketAddress(address(words[3], four), port(words[5])),
                length);
    }

    private static InetAddress address(String text, boolean four) throws ProxyException {
        boolean fits =
                four ? isFour(text) : text.indexOf(':') >= 0 && text.chars().allMatch(ProxyHeader::isOfSix);
        if (fits) {
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                // Told below.
            }
        }
        throw new ProxyException("a PROXY line holds a wrong address");
    }

    private static boolean isOfSix(int c) {
        return c == ':' || c == '.' || Character.digit(c, 16) >= 0;
    }

    private static boolean isFour(String text) {
        String[] parts = text.split("\\.", -1);
        for (String part : parts) {
            if (number(part, 255) < 0) {
                return false;
            }
        }
        return parts.length == 4;
    }

    private static int port(String text) throws ProxyException {
        int port = number(text, 65_535);
        if (port < 0) {
            throw new ProxyException("a PROXY line holds a wrong port");
        }
        return port;
    }

    /// A decimal number without leading zeros, or -1.
    private static int number(String text, int most) {
        if (text.isEmpty() || text.length() > 5 || (text.length() > 1 && text.charAt(0) == '0')) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value > most ? -1 : value;
    }
}
