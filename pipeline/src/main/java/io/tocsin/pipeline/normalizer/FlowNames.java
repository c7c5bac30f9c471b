package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/// Words for numbers in flow records. Immutable.
final class FlowNames {
    private static final byte[][] PROTOCOLS = words(
            256,
            Map.ofEntries(
                    Map.entry(1, "ICMP"),
                    Map.entry(2, "IGMP"),
                    Map.entry(4, "IPIP"),
                    Map.entry(6, "TCP"),
                    Map.entry(8, "EGP"),
                    Map.entry(17, "UDP"),
                    Map.entry(33, "DCCP"),
                    Map.entry(41, "IPv6"),
                    Map.entry(46, "RSVP"),
                    Map.entry(47, "GRE"),
                    Map.entry(50, "ESP"),
                    Map.entry(51, "AH"),
                    Map.entry(58, "ICMPv6"),
                    Map.entry(88, "EIGRP"),
                    Map.entry(89, "OSPF"),
                    Map.entry(103, "PIM"),
                    Map.entry(108, "IPComp"),
                    Map.entry(112, "VRRP"),
                    Map.entry(115, "L2TP"),
                    Map.entry(132, "SCTP"),
                    Map.entry(136, "UDPLite"),
                    Map.entry(137, "MPLS")));
    /// Element `firewallEvent`.
    private static final byte[][] FIREWALL_EVENTS =
            words(6, Map.of(1, "created", 2, "deleted", 3, "denied", 4, "alert", 5, "updated"));
    /// Upper two bits of `forwardingStatus` (RFC 7270).
    private static final byte[][] FORWARDING = words(4, Map.of(1, "forwarded", 2, "dropped", 3, "consumed"));
    /// Element `flowEndReason`.
    private static final byte[][] END_REASONS = words(
            6,
            Map.of(
                    1,
                    "idle timeout",
                    2,
                    "active timeout",
                    3,
                    "end of flow detected",
                    4,
                    "forced end",
                    5,
                    "lack of resources"));
    private static final byte[] NONE = {};

    private FlowNames() {}

    private static byte[][] words(int size, Map<Integer, String> known) {
        byte[][] words = new byte[size][];
        for (int i = 0; i < size; i++) {
            words[i] = known.getOrDefault(i, "").getBytes(UTF_8);
        }
        return words;
    }

    /// Name of an IP protocol, empty when it has none here.
    static byte[] protocol(long number) {
        return word(PROTOCOLS, number);
    }

    static byte[] firewallEvent(long number) {
        return word(FIREWALL_EVENTS, number);
    }

    static byte[] forwarding(long number) {
        return word(FORWARDING, number >> 6);
    }

    static byte[] endReason(long number) {
        return word(END_REASONS, number);
    }

    private static byte[] word(byte[][] words, long number) {
        return number >= 0 && number < words.length ? words[(int) number] : NONE;
    }
}
