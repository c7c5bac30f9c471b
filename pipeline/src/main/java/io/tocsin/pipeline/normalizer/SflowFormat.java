package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.normalizer.FlowValues.Part;
import io.tocsin.pipeline.normalizer.flow.ElementType;
import io.tocsin.pipeline.normalizer.flow.FlowBytes;
import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import io.tocsin.pipeline.normalizer.flow.SflowReader;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// sFlow version 5: one datagram of an agent gives an event for each sample. A flow sample is a packet that the agent
/// picked, whose headers are read from Ethernet to TCP and UDP; a counter sample is a reading of an interface.
///
/// Parts are named as IANA names information elements where one means the same (`sourceIPv4Address`,
/// `ingressInterface`, `samplingInterval` …), others as the structures of sFlow name them (`samplePool`, `ifInErrors`
/// …). Records of an unknown kind go to `Extra` in hexadecimal as `sflow_<what>_<enterprise>_<format>`.
///
/// Thread-safety: one thread.
final class SflowFormat implements Splitting {
    private static final byte[] SFLOW = "sFlow".getBytes(UTF_8);
    private static final byte[] FLOW = "flow".getBytes(UTF_8);
    private static final byte[] COUNTERS = "counters".getBytes(UTF_8);
    private static final byte[] FLOW_NAME = "sampled packet".getBytes(UTF_8);
    private static final byte[] COUNTERS_NAME = "interface counters".getBytes(UTF_8);
    private static final byte[] VERSION = "5".getBytes(UTF_8);
    private static final int SAMPLE_HEADER = 8;
    private static final int MAXIMUM_RECORDS = 256;
    private static final String[] INTERFACE = {
        "ifIndex",
        "ifType",
        "ifSpeed:8",
        "ifDirection",
        "ifStatus",
        "ifInOctets:8",
        "ifInUcastPkts",
        "ifInMulticastPkts",
        "ifInBroadcastPkts",
        "ifInDiscards",
        "ifInErrors",
        "ifInUnknownProtos",
        "ifOutOctets:8",
        "ifOutUcastPkts",
        "ifOutMulticastPkts",
        "ifOutBroadcastPkts",
        "ifOutDiscards",
        "ifOutErrors",
        "ifPromiscuousMode"
    };
    private static final String[] ETHERNET = {
        "dot3StatsAlignmentErrors", "dot3StatsFCSErrors", "dot3StatsSingleCollisionFrames",
        "dot3StatsMultipleCollisionFrames", "dot3StatsSQETestErrors", "dot3StatsDeferredTransmissions",
        "dot3StatsLateCollisions", "dot3StatsExcessiveCollisions", "dot3StatsInternalMacTransmitErrors",
        "dot3StatsCarrierSenseErrors", "dot3StatsFrameTooLongs", "dot3StatsInternalMacReceiveErrors",
        "dot3StatsSymbolErrors"
    };
    private static final String[] VLAN = {
        "vlanId", "vlanOctets:8", "vlanUcastPkts", "vlanMulticastPkts", "vlanBroadcastPkts", "vlanDiscards"
    };
    private static final String[] PROCESSOR = {
        "processorLoad5s", "processorLoad1m", "processorLoad5m", "processorTotalMemory:8", "processorFreeMemory:8"
    };

    private static final String[] SWITCH = {"vlanId", "dot1qPriority", "postVlanId", "postDot1qPriority"};

    private final SflowReader reader = new SflowReader();
    private final SourceMapping mapping;
    private final PacketHeaders headers;
    private final Part[] interfaceParts;
    private final Part[] ethernetParts;
    private final Part[] vlanParts;
    private final Part[] processorParts;
    private final Part[] switchParts;
    private final Part product;
    private final Part version;
    private final Part name;
    private final Part category;
    private final Part exporter4;
    private final Part exporter6;
    private final Part subAgent;
    private final Part sequenceNumber;
    private final Part upTime;
    private final Part sourceIndex;
    private final Part samplingInterval;
    private final Part samplePool;
    private final Part drops;
    private final Part ingressInterface;
    private final Part egressInterface;
    private final Part octets;
    private final Part nextHop4;
    private final Part nextHop6;
    private final Part sourcePrefix;
    private final Part destinationPrefix;
    private final Part sourceAs;
    private final Part destinationAs;
    private final Part sourceUser;
    private final Part destinationUser;
    private final Part url;
    private final Part host;

    private boolean atHand;
    private EntryOrigin origin = EntryOrigin.local("", "", "");
    private byte @Nullable [] failed;

    SflowFormat(SourceMapping mapping) {
        this.mapping = mapping;
        headers = new PacketHeaders(mapping);
        interfaceParts = parts(INTERFACE);
        ethernetParts = parts(ETHERNET);
        vlanParts = parts(VLAN);
        processorParts = parts(PROCESSOR);
        switchParts = parts(SWITCH);
        product = Part.of("product", mapping);
        version = Part.of("version", mapping);
        name = Part.of("name", mapping);
        category = Part.of("category", mapping);
        exporter4 = Part.of("exporterIPv4Address", mapping);
        exporter6 = Part.of("exporterIPv6Address", mapping);
        subAgent = Part.of("subAgentId", mapping);
        sequenceNumber = Part.of("sequenceNumber", mapping);
        upTime = Part.of("sysUpTime", mapping);
        sourceIndex = Part.of("sourceId", mapping);
        samplingInterval = Part.of("samplingInterval", mapping);
        samplePool = Part.of("samplePool", mapping);
        drops = Part.of("droppedSamples", mapping);
        ingressInterface = Part.of("ingressInterface", mapping);
        egressInterface = Part.of("egressInterface", mapping);
        octets = Part.of("octetDeltaCount", mapping);
        nextHop4 = Part.of("ipNextHopIPv4Address", mapping);
        nextHop6 = Part.of("ipNextHopIPv6Address", mapping);
        sourcePrefix = Part.of("sourcePrefixLength", mapping);
        destinationPrefix = Part.of("destinationPrefixLength", mapping);
        sourceAs = Part.of("bgpSourceAsNumber", mapping);
        destinationAs = Part.of("bgpDestinationAsNumber", mapping);
        sourceUser = Part.of("userName", mapping);
        destinationUser = Part.of("destinationUserName", mapping);
        url = Part.of("httpRequestTarget", mapping);
        host = Part.of("httpRequestHost", mapping);
    }

    private Part[] parts(String[] names) {
        return Arrays.stream(names)
                .map(part -> Part.of(part.replace(":8", ""), mapping))
                .toArray(Part[]::new);
    }

    @Override
    public void open(@Nullable EntryOrigin sender, byte[] text, int offset, int length) {
        origin = sender == null ? EntryOrigin.local("", "", "") : sender;
        reader.open(origin.peerAddress(), text, offset, length);
    }

    @Override
    public boolean next() {
        atHand = reader.next();
        failed = null;
        if (atHand && reader.failure() != null) {
            int from = reader.pieceOffset();
            failed = Base64.getEncoder()
                    .encodeToString(Arrays.copyOfRange(reader.packet(), from, from + reader.pieceLength()))
                    .getBytes(US_ASCII);
        }
        return atHand;
    }

    @Override
    public int pieceOffset() {
        return failed == null ? reader.pieceOffset() : 0;
    }

    @Override
    public int pieceLength() {
        return failed == null ? reader.pieceLength() : failed.length;
    }

    @Override
    public byte @Nullable [] pieceText() {
        return failed;
    }

    @Override
    public EntryOrigin pieceOrigin() {
        return origin;
    }

    @Override
    public boolean silent() {
        return reader.silent();
    }

    @Override
    public FlowCounters counters() {
        return reader.counters();
    }

    @Override
    public Outcome parse(EventBuilder event, int offset, int length, FieldWriter writer) {
        if (!atHand) {
            return Outcome.FOREIGN;
        }
        atHand = false;
        String failure = reader.failure();
        if (failure != null) {
            writer.notes().add("sflow5", failure);
            return Outcome.FOREIGN;
        }
        long format = reader.sampleFormat();
        boolean flow = format == 1 || format == 3;
        boolean expanded = format == 3 || format == 4;
        if (format < 1 || format > 4) {
            header(event, writer, FLOW_NAME, FLOW);
            unknown(event, writer, "sample", format, offset + SAMPLE_HEADER, length - SAMPLE_HEADER);
            return Outcome.UNDERSTOOD;
        }
        header(event, writer, flow ? FLOW_NAME : COUNTERS_NAME, flow ? FLOW : COUNTERS);
        int words = flow ? (expanded ? 11 : 8) : (expanded ? 4 : 3);
        int at = offset + SAMPLE_HEADER;
        int end = offset + length;
        if (end - at < 4 * words) {
            writer.notes().add("sflow5", "a sample that is too short for its kind [format=" + format + "]");
            return Outcome.BROKEN;
        }
        if (flow) {
            flowSample(event, writer, at, expanded);
        } else {
            long id = word(event, at + (expanded ? 8 : 4));
            FlowValues.number(event, writer, sourceIndex, expanded ? id : id & 0xFFFFFF);
        }
        long records = word(event, at + 4 * (words - 1));
        return records(event, writer, at + 4 * words, end, records, flow);
    }

    private static long word(EventBuilder event, int at) {
        return FlowBytes.unsigned32(event.arena(), at);
    }

    private void header(EventBuilder event, FieldWriter writer, byte[] what, byte[] kind) {
        FlowValues.word(event, writer, product, SFLOW);
        FlowValues.word(event, writer, version, VERSION);
        FlowValues.word(event, writer, name, what);
        FlowValues.word(event, writer, category, kind);
        FlowValues.number(event, writer, sequenceNumber, reader.sequence());
        FlowValues.number(event, writer, subAgent, reader.subAgent());
        FlowValues.number(event, writer, upTime, reader.upTimeMillis());
        int length = reader.agentLength();
        int agent = event.append(reader.packet(), reader.agentOffset(), length);
        FlowValues.element(
                event,
                writer,
                length == 4 ? exporter4 : exporter6,
                length == 4 ? ElementType.IPV4 : ElementType.IPV6,
                agent,
                length);
    }

    private void flowSample(EventBuilder event, FieldWriter writer, int at, boolean expanded) {
        int rate = at + (expanded ? 12 : 8);
        long id = word(event, at + (expanded ? 8 : 4));
        FlowValues.number(event, writer, sourceIndex, expanded ? id : id & 0xFFFFFF);
        FlowValues.number(event, writer, samplingInterval, word(event, rate));
        FlowValues.number(event, writer, samplePool, word(event, rate + 4));
        FlowValues.number(event, writer, drops, word(event, rate + 8));
        port(event, writer, ingressInterface, rate + 12, expanded);
        port(event, writer, egressInterface, rate + (expanded ? 20 : 16), expanded);
    }

    /// An interface: its index; other kinds (dropped, several) have none.
    private static void port(EventBuilder event, FieldWriter writer, Part part, int at, boolean expanded) {
        long value = word(event, at);
        if (expanded) {
            if (value == 0) {
                FlowValues.number(event, writer, part, word(event, at + 4));
            }
        } else if (value >>> 30 == 0) {
            FlowValues.number(event, writer, part, value);
        }
    }

    private Outcome records(EventBuilder event, FieldWriter writer, int from, int end, long count, boolean flow) {
        int at = from;
        for (long i = 0; i < Math.min(count, MAXIMUM_RECORDS) && end - at >= 8; i++) {
            long format = word(event, at);
            long length = word(event, at + 4);
            if (length > end - at - 8) {
                writer.notes().add("sflow5", "a record of " + length + " bytes where " + (end - at - 8) + " are left");
                return Outcome.BROKEN;
            }
            boolean fits = flow
                    ? flowRecord(event, writer, format, at + 8, (int) length)
                    : counterRecord(event, writer, format, at + 8, (int) length);
            if (!fits) {
                unknown(event, writer, flow ? "flow" : "counters", format, at + 8, (int) length);
            }
            at += 8 + (int) length;
        }
        return Outcome.UNDERSTOOD;
    }

    private boolean counterRecord(EventBuilder event, FieldWriter writer, long format, int at, int length) {
        return switch ((int) Math.min(format, Integer.MAX_VALUE)) {
            case 1 -> structure(event, writer, INTERFACE, interfaceParts, at, length);
            case 2 -> structure(event, writer, ETHERNET, ethernetParts, at, length);
            case 5 -> structure(event, writer, VLAN, vlanParts, at, length);
            case 1001 -> structure(event, writer, PROCESSOR, processorParts, at, length);
            default -> false;
        };
    }

    private static boolean structure(
            EventBuilder event, FieldWriter writer, String[] names, Part[] parts, int from, int length) {
        int at = from;
        for (int i = 0; i < names.length; i++) {
            int size = names[i].endsWith(":8") ? 8 : 4;
            if (at + size > from + length) {
                return i > 0;
            }
            long value = FlowBytes.unsigned(event.arena(), at, size);
            // All ones: the agent does not count this.
            if (value != (size == 8 ? -1 : 0xFFFFFFFFL)) {
                FlowValues.number(event, writer, parts[i], value);
            }
            at += size;
        }
        return true;
    }

    private boolean flowRecord(EventBuilder event, FieldWriter writer, long format, int at, int length) {
        return switch ((int) Math.min(format, Integer.MAX_VALUE)) {
            case 1 -> rawPacket(event, writer, at, length);
            case 2 -> ethernet(event, writer, at, length);
            case 3 -> packet(event, writer, at, length, 4);
            case 4 -> packet(event, writer, at, length, 16);
            case 1001 -> structure(event, writer, SWITCH, switchParts, at, length);
            case 1002 -> router(event, writer, at, length);
            case 1003 -> gateway(event, writer, at, length);
            case 1004 -> user(event, writer, at, length);
            case 1005 -> address(event, writer, at, length);
            default -> false;
        };
    }

    private boolean rawPacket(EventBuilder event, FieldWriter writer, int at, int length) {
        if (length < 16) {
            return false;
        }
        long stated = word(event, at + 12);
        FlowValues.number(event, writer, octets, word(event, at + 4));
        headers.read(event, writer, word(event, at), at + 16, (int) Math.min(stated, length - 16L));
        return true;
    }

    private boolean ethernet(EventBuilder event, FieldWriter writer, int at, int length) {
        if (length < 24) {
            return false;
        }
        headers.ethernet(event, writer, at + 4, at + 12);
        return true;
    }

    private boolean packet(EventBuilder event, FieldWriter writer, int at, int length, int size) {
        if (length < 8 + 2 * size + 16) {
            return false;
        }
        headers.addresses(event, writer, at + 8, size, word(event, at + 4));
        int ports = at + 8 + 2 * size;
        headers.ports(event, writer, word(event, ports), word(event, ports + 4), word(event, ports + 8));
        return true;
    }

    private boolean router(EventBuilder event, FieldWriter writer, int at, int length) {
        int size = addressLength(event, at, length);
        if (size == 0 || length < 4 + size + 8) {
            return false;
        }
        nextHop(event, writer, at + 4, size);
        FlowValues.number(event, writer, sourcePrefix, word(event, at + 4 + size));
        FlowValues.number(event, writer, destinationPrefix, word(event, at + 8 + size));
        return true;
    }

    private boolean gateway(EventBuilder event, FieldWriter writer, int at, int length) {
        int size = addressLength(event, at, length);
        if (size == 0 || length < 4 + size + 16) {
            return false;
        }
        FlowValues.number(event, writer, sourceAs, word(event, at + 4 + size + 4));
        destinationAs(event, writer, at + 4 + size + 12, at + length);
        return true;
    }

    private boolean address(EventBuilder event, FieldWriter writer, int at, int length) {
        int second = text(event, writer, url, at + 4, at + length);
        return second > 0 && text(event, writer, host, second, at + length) > 0;
    }

    private static int addressLength(EventBuilder event, int at, int length) {
        if (length < 8) {
            return 0;
        }
        long type = word(event, at);
        return type == 1 ? 4 : type == 2 ? 16 : 0;
    }

    private void nextHop(EventBuilder event, FieldWriter writer, int at, int size) {
        FlowValues.element(
                event,
                writer,
                size == 4 ? nextHop4 : nextHop6,
                size == 4 ? ElementType.IPV4 : ElementType.IPV6,
                at,
                size);
    }

    /// The last number of the path of autonomous systems is the destination.
    private void destinationAs(EventBuilder event, FieldWriter writer, int from, int end) {
        long segments = word(event, from);
        int at = from + 4;
        long last = -1;
        for (long i = 0; i < segments && end - at >= 8; i++) {
            long count = word(event, at + 4);
            at += 8;
            if (count > (end - at) / 4) {
                return;
            }
            if (count > 0) {
                last = word(event, at + 4 * ((int) count - 1));
            }
            at += 4 * (int) count;
        }
        if (last >= 0) {
            FlowValues.number(event, writer, destinationAs, last);
        }
    }

    private boolean user(EventBuilder event, FieldWriter writer, int at, int length) {
        int second = text(event, writer, sourceUser, at + 4, at + length);
        return second > 0 && text(event, writer, destinationUser, second + 4, at + length) > 0;
    }

    /// Writes a text with its length before it; returns what stands behind it, or -1 when it does not fit.
    private static int text(EventBuilder event, FieldWriter writer, Part part, int at, int end) {
        if (end - at < 4) {
            return -1;
        }
        long length = word(event, at);
        if (length > end - at - 4) {
            return -1;
        }
        FlowValues.element(event, writer, part, ElementType.STRING, at + 4, (int) length);
        return Math.min(end, at + 4 + ((int) length + 3) / 4 * 4);
    }

    private void unknown(EventBuilder event, FieldWriter writer, String what, long format, int offset, int length) {
        if (writer.keepsExtra() && length > 0) {
            String key = "sflow_" + what + "_" + (format >>> 12) + "_" + (format & 0xFFF);
            long hex = FlowText.hex(event, offset, length);
            writer.extra(event, key.getBytes(UTF_8), EventBatch.spanOffset(hex), EventBatch.spanLength(hex));
        }
    }
}
