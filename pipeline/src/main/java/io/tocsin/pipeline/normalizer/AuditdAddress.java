package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A socket address as the audit system writes it: the bytes of `struct sockaddr` in hexadecimal, the family in the
/// order of the little-endian machines that Linux runs on, port and address in network order. Immutable.
///
/// @param family inet, inet6, local, netlink or its number
/// @param address textual, empty when the family has none
/// @param port -1 when the family has none
/// @param path of a local socket, else empty
record AuditdAddress(String family, String address, int port, String path) {
    private static final int LOCAL = 1;
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int NETLINK = 16;
    private static final Map<String, String> X86_64 = Map.of(
            "42",
            "destination",
            "43",
            "source",
            "44",
            "destination",
            "45",
            "source",
            "46",
            "destination",
            "47",
            "source",
            "288",
            "source");
    private static final Map<String, String> AARCH64 = Map.of(
            "203",
            "destination",
            "202",
            "source",
            "206",
            "destination",
            "207",
            "source",
            "211",
            "destination",
            "212",
            "source",
            "242",
            "source");

    /// Takes the hexadecimal text apart; null when it is none.
    static @Nullable AuditdAddress of(String hex) {
        byte[] text = hex.getBytes(UTF_8);
        byte[] bytes = AuditdArguments.decodeHex(text, 0, text.length);
        if (bytes == null || bytes.length < 2) {
            return null;
        }
        int family = (bytes[0] & 0xFF) | ((bytes[1] & 0xFF) << 8);
        if (family == INET && bytes.length >= 8) {
            return new AuditdAddress("inet", ipv4(bytes, 4), port(bytes), "");
        }
        if (family == INET6 && bytes.length >= 24) {
            return new AuditdAddress("inet6", ipv6(bytes, 8), port(bytes), "");
        }
        String name = family == LOCAL ? "local" : family == NETLINK ? "netlink" : Integer.toString(family);
        return new AuditdAddress(name, "", -1, family == LOCAL ? path(bytes) : "");
    }

    private static String ipv4(byte[] bytes, int from) {
        return (bytes[from] & 0xFF) + "." + (bytes[from + 1] & 0xFF) + "." + (bytes[from + 2] & 0xFF) + "."
                + (bytes[from + 3] & 0xFF);
    }

    /// Eight groups without leading zeros; a mapped IPv4 address as such.
    private static String ipv6(byte[] bytes, int from) {
        if (isMapped(bytes, from)) {
            return ipv4(bytes, from + 12);
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = from; i < from + 16; i += 2) {
            if (i > from) {
                text.append(':');
            }
            text.append(Integer.toHexString(((bytes[i] & 0xFF) << 8) | (bytes[i + 1] & 0xFF)));
        }
        return text.toString();
    }

    private static boolean isMapped(byte[] bytes, int from) {
        for (int i = from; i < from + 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return bytes[from + 10] == -1 && bytes[from + 11] == -1;
    }

    private static int port(byte[] bytes) {
        return ((bytes[2] & 0xFF) << 8) | (bytes[3] & 0xFF);
    }

    /// Up to the first NUL; an abstract name begins with one, shown as `@`.
    private static String path(byte[] bytes) {
        int from = 2;
        String prefix = "";
        if (bytes.length > 3 && bytes[2] == 0) {
            from = 3;
            prefix = "@";
        }
        int to = from;
        while (to < bytes.length && bytes[to] != 0) {
            to++;
        }
        return to == from ? "" : prefix + AuditdArguments.text(Arrays.copyOfRange(bytes, from, to), false);
    }

    /// On which side of a connection the address of a system call stands: `source`, `destination` or empty.
    static String direction(String arch, String systemCall) {
        return switch (arch) {
            case "c000003e" -> X86_64.getOrDefault(systemCall, "");
            case "c00000b7" -> AARCH64.getOrDefault(systemCall, "");
            default -> "";
        };
    }
}
