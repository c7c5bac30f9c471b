package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;

/// A socket address as the audit system writes it: the bytes of `struct sockaddr` in hexadecimal, the family in the
/// order of the little-endian machines that Linux runs on, port and address in network order. Texts are appended to the
/// arena of the event and given as spans of it, with length 0 for what the family has not.
///
/// Thread-safety: one thread.
final class AuditdAddress {
    /// No text.
    static final long NONE = 0;

    /// What the address of a system call is to the connection.
    enum Side {
        SOURCE,
        DESTINATION,
        UNKNOWN
    }

    private static final int LOCAL = 1;
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int NETLINK = 16;
    private static final byte[] LOCAL_NAME = "local".getBytes(US_ASCII);
    private static final byte[] INET_NAME = "inet".getBytes(US_ASCII);
    private static final byte[] INET6_NAME = "inet6".getBytes(US_ASCII);
    private static final byte[] NETLINK_NAME = "netlink".getBytes(US_ASCII);
    private static final byte[] X86_64 = "c000003e".getBytes(US_ASCII);
    private static final byte[] AARCH64 = "c00000b7".getBytes(US_ASCII);
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);
    private static final byte[] ABSTRACT = {'@'};
    private static final int LONGEST_GROUPS = 39;

    private long family;
    private long address;
    private long path;
    private int port;

    /// Takes the hexadecimal text apart; false when it is none.
    boolean read(EventBuilder event, int from, int to) {
        long decoded = AuditdText.decodeHex(event, from, to);
        if (decoded == AuditdText.NOT_HEX || EventBatch.spanLength(decoded) < 2) {
            return false;
        }
        int start = EventBatch.spanOffset(decoded);
        int length = EventBatch.spanLength(decoded);
        byte[] bytes = event.arena();
        int number = (bytes[start] & 0xFF) | (bytes[start + 1] & 0xFF) << 8;
        family = family(event, number);
        address = NONE;
        path = NONE;
        port = -1;
        if (number == INET && length >= 8) {
            port = (bytes[start + 2] & 0xFF) << 8 | (bytes[start + 3] & 0xFF);
            address = FlowText.ipv4(event, start + 4);
        } else if (number == INET6 && length >= 24) {
            port = (bytes[start + 2] & 0xFF) << 8 | (bytes[start + 3] & 0xFF);
            address = isMapped(bytes, start + 8) ? FlowText.ipv4(event, start + 20) : groups(event, start + 8);
        } else if (number == LOCAL) {
            path = path(event, start + 2, start + length);
        }
        return true;
    }

    private static long family(EventBuilder event, int number) {
        return switch (number) {
            case LOCAL -> word(event, LOCAL_NAME);
            case INET -> word(event, INET_NAME);
            case INET6 -> word(event, INET6_NAME);
            case NETLINK -> word(event, NETLINK_NAME);
            default -> FlowText.number(event, number);
        };
    }

    private static long word(EventBuilder event, byte[] name) {
        return Conversion.span(event.append(name, 0, name.length), name.length);
    }

    private static boolean isMapped(byte[] bytes, int from) {
        for (int i = from; i < from + 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return bytes[from + 10] == -1 && bytes[from + 11] == -1;
    }

    /// Eight groups without leading zeros, as other readers of audit records write them.
    private static long groups(EventBuilder event, int from) {
        int start = event.reserve(LONGEST_GROUPS);
        byte[] out = event.arena();
        int at = start;
        for (int i = from; i < from + 16; i += 2) {
            if (i > from) {
                out[at++] = ':';
            }
            int group = (out[i] & 0xFF) << 8 | (out[i + 1] & 0xFF);
            for (int shift = 12; shift >= 0; shift -= 4) {
                if (group >> shift != 0 || shift == 0) {
                    out[at++] = HEX[group >> shift & 0xF];
                }
            }
        }
        event.advance(at - start);
        return Conversion.span(start, at - start);
    }

    /// Up to the first NUL; an abstract name begins with one, shown as `@`.
    private static long path(EventBuilder event, int from, int to) {
        boolean isAbstract = to > from + 1 && event.arena()[from] == 0;
        int start = isAbstract ? from + 1 : from;
        int end = ByteScan.indexOf(event.arena(), start, to, 0);
        if (end == start) {
            return NONE;
        }
        long text = AuditdText.printable(event, start, end);
        if (!isAbstract) {
            return text;
        }
        int length = EventBatch.spanLength(text);
        int copy = event.append(ABSTRACT, 0, 1);
        event.append(event.arena(), EventBatch.spanOffset(text), length);
        return Conversion.span(copy, length + 1);
    }

    /// `inet`, `inet6`, `local`, `netlink` or the number of the family.
    long family() {
        return family;
    }

    long address() {
        return address;
    }

    /// -1 when the family has none.
    int port() {
        return port;
    }

    /// Where a local socket is.
    long path() {
        return path;
    }

    /// On which side of a connection the address of a system call stands, by the machine's kind and the number of the
    /// call as its record has them.
    static Side side(byte[] text, long arch, long systemCall) {
        int from = EventBatch.spanOffset(arch);
        int to = from + EventBatch.spanLength(arch);
        int callFrom = EventBatch.spanOffset(systemCall);
        int call = ByteScan.number(text, callFrom, callFrom + EventBatch.spanLength(systemCall), 6);
        if (ByteScan.equal(text, from, to, X86_64)) {
            return switch (call) {
                case 43, 45, 47, 288 -> Side.SOURCE; // accept, recvfrom, recvmsg, accept4
                case 42, 44, 46 -> Side.DESTINATION; // connect, sendto, sendmsg
                default -> Side.UNKNOWN;
            };
        }
        if (ByteScan.equal(text, from, to, AARCH64)) {
            return switch (call) {
                case 202, 207, 212, 242 -> Side.SOURCE; // accept, recvfrom, recvmsg, accept4
                case 203, 206, 211 -> Side.DESTINATION; // connect, sendto, sendmsg
                default -> Side.UNKNOWN;
            };
        }
        return Side.UNKNOWN;
    }
}
