package io.tocsin.pipeline.normalizer.flow;

import io.tocsin.event.EntryOrigin;

/// What an export packet says of itself.
///
/// Thread-safety: one thread.
public final class FlowHeader {
    private static final long NANOS = 1_000_000L;

    private FlowProtocol protocol = FlowProtocol.NETFLOW_9;
    private EntryOrigin origin = EntryOrigin.local("", "", "");
    private long exportMillis;
    private long upTimeMillis = -1;
    private long sequence;
    private long domain;
    private int count;
    private int engineType;
    private int engineId;
    private int sampling;

    /// Reads the header of a packet that is long enough to have one.
    void read(FlowProtocol version, EntryOrigin from, byte[] packet, int offset) {
        protocol = version;
        origin = from;
        count = FlowBytes.unsigned16(packet, offset + 2);
        engineType = 0;
        engineId = 0;
        sampling = 0;
        switch (version) {
            case NETFLOW_5 -> {
                upTimeMillis = FlowBytes.unsigned32(packet, offset + 4);
                exportMillis = FlowBytes.unsigned32(packet, offset + 8) * 1000
                        + FlowBytes.unsigned32(packet, offset + 12) / NANOS;
                sequence = FlowBytes.unsigned32(packet, offset + 16);
                engineType = packet[offset + 20] & 0xFF;
                engineId = packet[offset + 21] & 0xFF;
                sampling = FlowBytes.unsigned16(packet, offset + 22);
                domain = ((long) engineType << 8) | engineId;
            }
            case NETFLOW_9 -> {
                upTimeMillis = FlowBytes.unsigned32(packet, offset + 4);
                exportMillis = FlowBytes.unsigned32(packet, offset + 8) * 1000;
                sequence = FlowBytes.unsigned32(packet, offset + 12);
                domain = FlowBytes.unsigned32(packet, offset + 16);
            }
            case IPFIX -> {
                upTimeMillis = -1;
                exportMillis = FlowBytes.unsigned32(packet, offset + 4) * 1000;
                sequence = FlowBytes.unsigned32(packet, offset + 8);
                domain = FlowBytes.unsigned32(packet, offset + 12);
            }
        }
    }

    FlowHeader copy() {
        FlowHeader copy = new FlowHeader();
        copy.protocol = protocol;
        copy.origin = origin;
        copy.exportMillis = exportMillis;
        copy.upTimeMillis = upTimeMillis;
        copy.sequence = sequence;
        copy.domain = domain;
        copy.count = count;
        copy.engineType = engineType;
        copy.engineId = engineId;
        copy.sampling = sampling;
        return copy;
    }

    public FlowProtocol protocol() {
        return protocol;
    }

    EntryOrigin origin() {
        return origin;
    }

    /// When the packet was sent, milliseconds since the epoch.
    public long exportMillis() {
        return exportMillis;
    }

    /// Milliseconds from the start of the exporter to the packet, -1 when it does not say.
    public long upTimeMillis() {
        return upTimeMillis;
    }

    /// Running number: of flows (NetFlow 5), packets (NetFlow 9) or records (IPFIX).
    public long sequence() {
        return sequence;
    }

    /// Observation domain or source id; of NetFlow 5 engine type and id.
    public long domain() {
        return domain;
    }

    /// NetFlow 5: records; NetFlow 9: records of any kind; IPFIX: length of the message.
    public int count() {
        return count;
    }

    public int engineType() {
        return engineType;
    }

    public int engineId() {
        return engineId;
    }

    /// NetFlow 5: two bits of mode, fourteen of interval.
    public int sampling() {
        return sampling;
    }
}
