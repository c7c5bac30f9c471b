package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.FlowValues.Part;
import io.tocsin.pipeline.normalizer.flow.ElementType;
import io.tocsin.pipeline.normalizer.flow.FlowBytes;

/// Reads the headers of a packet of which only the beginning is there: Ethernet with VLAN tags, IPv4 and IPv6, TCP,
/// UDP, SCTP and ICMP. What is cut off is simply not told. Immutable.
final class PacketHeaders {
    /// Kinds of headers in sFlow.
    private static final int ETHERNET = 1;

    private static final int IPV4 = 11;
    private static final int IPV6 = 12;

    private static final int MAXIMUM_TAGS = 4;
    private static final int MAXIMUM_EXTENSIONS = 8;

    private final Part sourceMac;
    private final Part destinationMac;
    private final Part etherType;
    private final Part vlan;
    private final Part source4;
    private final Part destination4;
    private final Part source6;
    private final Part destination6;
    private final Part protocol;
    private final Part transport;
    private final Part sourcePort;
    private final Part destinationPort;
    private final Part tcpFlags;
    private final Part classOfService;
    private final Part timeToLive;
    private final Part icmp4;
    private final Part icmp6;

    PacketHeaders(SourceMapping mapping) {
        sourceMac = Part.of("sourceMacAddress", mapping);
        destinationMac = Part.of("destinationMacAddress", mapping);
        etherType = Part.of("ethernetType", mapping);
        vlan = Part.of("dot1qVlanId", mapping);
        source4 = Part.of("sourceIPv4Address", mapping);
        destination4 = Part.of("destinationIPv4Address", mapping);
        source6 = Part.of("sourceIPv6Address", mapping);
        destination6 = Part.of("destinationIPv6Address", mapping);
        protocol = Part.of("protocolIdentifier", mapping);
        transport = Part.of("transport", mapping);
        sourcePort = Part.of("sourceTransportPort", mapping);
        destinationPort = Part.of("destinationTransportPort", mapping);
        tcpFlags = Part.of("tcpControlBits", mapping);
        classOfService = Part.of("ipClassOfService", mapping);
        timeToLive = Part.of("ipTTL", mapping);
        icmp4 = Part.of("icmpTypeCodeIPv4", mapping);
        icmp6 = Part.of("icmpTypeCodeIPv6", mapping);
    }

    /// Reads a header that lies in the arena.
    ///
    /// @param kind number of sFlow for the outermost header
    void read(EventBuilder event, FieldWriter writer, long kind, int offset, int length) {
        int end = offset + length;
        if (kind == ETHERNET) {
            if (length < 14) {
                return;
            }
            ethernet(event, writer, offset + 6, offset);
            int at = offset + 12;
            int type = FlowBytes.unsigned16(event.arena(), at);
            for (int tags = 0; tags < MAXIMUM_TAGS && isTag(type) && end - at >= 6; tags++) {
                if (tags == 0) {
                    FlowValues.number(event, writer, vlan, FlowBytes.unsigned16(event.arena(), at + 2) & 0xFFF);
                }
                at += 4;
                type = FlowBytes.unsigned16(event.arena(), at);
            }
            FlowValues.number(event, writer, etherType, type);
            network(event, writer, type, at + 2, end);
        } else if (kind == IPV4) {
            network(event, writer, 0x0800, offset, end);
        } else if (kind == IPV6) {
            network(event, writer, 0x86DD, offset, end);
        }
    }

    private static boolean isTag(int type) {
        return type == 0x8100 || type == 0x88A8 || type == 0x9100;
    }

    private void network(EventBuilder event, FieldWriter writer, int type, int at, int end) {
        if (type == 0x0800 && end - at >= 20) {
            byte[] bytes = event.arena();
            int headerLength = (bytes[at] & 0xF) * 4;
            int next = bytes[at + 9] & 0xFF;
            boolean first = (FlowBytes.unsigned16(bytes, at + 6) & 0x1FFF) == 0;
            FlowValues.number(event, writer, classOfService, bytes[at + 1] & 0xFF);
            FlowValues.number(event, writer, timeToLive, bytes[at + 8] & 0xFF);
            addresses(event, writer, at + 12, 4, next);
            if (first && headerLength >= 20) {
                transport(event, writer, next, at + headerLength, end);
            }
        } else if (type == 0x86DD && end - at >= 40) {
            byte[] bytes = event.arena();
            int next = bytes[at + 6] & 0xFF;
            FlowValues.number(event, writer, timeToLive, bytes[at + 7] & 0xFF);
            int from = at + 40;
            for (int i = 0; i < MAXIMUM_EXTENSIONS && isExtension(next) && end - from >= 8; i++) {
                boolean fragment = next == 44;
                boolean later = fragment && (FlowBytes.unsigned16(event.arena(), from + 2) & 0xFFF8) != 0;
                next = event.arena()[from] & 0xFF;
                from = later ? end : from + (fragment ? 8 : 8 + 8 * (event.arena()[from + 1] & 0xFF));
            }
            addresses(event, writer, at + 8, 16, next);
            transport(event, writer, next, from, end);
        }
    }

    private static boolean isExtension(int next) {
        return next == 0 || next == 43 || next == 44 || next == 60;
    }

    private void transport(EventBuilder event, FieldWriter writer, int next, int at, int end) {
        if ((next == 6 || next == 17 || next == 132 || next == 136) && end - at >= 4) {
            byte[] bytes = event.arena();
            ports(
                    event,
                    writer,
                    FlowBytes.unsigned16(bytes, at),
                    FlowBytes.unsigned16(bytes, at + 2),
                    next == 6 && end - at >= 14 ? bytes[at + 13] & 0xFF : -1);
        } else if ((next == 1 || next == 58) && end - at >= 2) {
            FlowValues.number(event, writer, next == 1 ? icmp4 : icmp6, FlowBytes.unsigned16(event.arena(), at));
        }
    }

    /// Writes two MAC addresses that lie in the arena.
    void ethernet(EventBuilder event, FieldWriter writer, int source, int destination) {
        FlowValues.element(event, writer, sourceMac, ElementType.MAC, source, 6);
        FlowValues.element(event, writer, destinationMac, ElementType.MAC, destination, 6);
    }

    /// Writes two addresses that lie in the arena one after another.
    ///
    /// @param size 4 or 16
    void addresses(EventBuilder event, FieldWriter writer, int at, int size, long number) {
        ElementType type = size == 4 ? ElementType.IPV4 : ElementType.IPV6;
        FlowValues.element(event, writer, size == 4 ? source4 : source6, type, at, size);
        FlowValues.element(event, writer, size == 4 ? destination4 : destination6, type, at + size, size);
        FlowValues.number(event, writer, protocol, number);
        FlowValues.word(event, writer, transport, FlowNames.protocol(number));
    }

    /// Writes two ports.
    ///
    /// @param flags of TCP, -1 when there are none
    void ports(EventBuilder event, FieldWriter writer, long source, long destination, long flags) {
        FlowValues.number(event, writer, sourcePort, source);
        FlowValues.number(event, writer, destinationPort, destination);
        if (flags >= 0) {
            FlowValues.number(event, writer, tcpFlags, flags);
        }
    }
}
