package io.tocsin.pipeline.normalizer.flow;

/// The protocols of flow exporters, told apart by the first two bytes of a packet (sFlow: four).
public enum FlowProtocol {
    NETFLOW_5(5, 24),
    NETFLOW_9(9, 20),
    IPFIX(10, 16);

    private final int version;
    private final int headerLength;

    FlowProtocol(int version, int headerLength) {
        this.version = version;
        this.headerLength = headerLength;
    }

    /// Version number in the packet.
    public int version() {
        return version;
    }

    int headerLength() {
        return headerLength;
    }
}
