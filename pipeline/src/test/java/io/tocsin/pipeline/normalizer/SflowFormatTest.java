package io.tocsin.pipeline.normalizer;

import static io.tocsin.pipeline.normalizer.SflowPackets.block;
import static io.tocsin.pipeline.normalizer.SflowPackets.counters;
import static io.tocsin.pipeline.normalizer.SflowPackets.datagram;
import static io.tocsin.pipeline.normalizer.SflowPackets.expandedFlowSample;
import static io.tocsin.pipeline.normalizer.SflowPackets.flowSample;
import static io.tocsin.pipeline.normalizer.SflowPackets.rawPacket;
import static io.tocsin.pipeline.normalizer.SflowPackets.words;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class SflowFormatTest {
    @Test
    void readsTheHeadersOfSampledPackets() {
        for (byte[] sample : List.of(flowSample(rawPacket()), expandedFlowSample(rawPacket()))) {
            Normalized event =
                    FlowEvents.of("sflow5").packet(datagram(7, sample)).getFirst();
            assertThat(event.understood()).isTrue();
            assertThat(event.fields())
                    .containsEntry("DeviceProduct", "sFlow")
                    .containsEntry("DeviceAddress", "192.0.2.99")
                    .containsEntry("SourceAddress", "198.51.100.1")
                    .containsEntry("DestinationAddress", "203.0.113.5")
                    .containsEntry("SourcePort", "50001")
                    .containsEntry("DestinationPort", "443")
                    .containsEntry("TransportProtocol", "TCP")
                    .containsEntry("SourceMacAddress", "00:1b:21:01:02:03")
                    .containsEntry("DestinationMacAddress", "00:01:02:03:04:05")
                    .containsEntry("BytesIn", "1514")
                    .containsEntry("N.dot1qVlanId", "42")
                    .containsEntry("N.tcpControlBits", "24")
                    .containsEntry("N.samplingInterval", "1000")
                    .containsEntry("N.sequenceNumber", "7")
                    .containsEntry("DeviceInboundInterface", "3")
                    .containsEntry("DeviceOutboundInterface", "4")
                    .doesNotContainKey("ParseError");
        }
    }

    @Test
    void readsCountersOfInterfaces() {
        List<Normalized> events = FlowEvents.of("sflow5").packet(datagram(1, flowSample(rawPacket()), counters()));
        assertThat(events).hasSize(2);
        assertThat(events.getLast().fields())
                .containsEntry("DeviceEventCategory", "counters")
                .containsEntry("N.ifIndex", "3")
                .containsEntry("N.ifInOctets", "77000000000")
                .containsEntry("N.ifOutOctets", "88")
                .doesNotContainKey("N.ifInDiscards");
    }

    @Test
    void readsWhatSwitchesRoutersAndServersAdd() {
        byte[] sample = flowSample(
                block(
                        4,
                        words(1000, 17),
                        words(0x20010db8, 0, 0, 1),
                        words(0x20010db8, 0, 0, 2),
                        words(53, 5353, 0, 0)),
                block(1001, words(1, 2, 3, 4)),
                block(1002, words(1, 0xC0000201, 24, 16)),
                block(1003, words(1, 0xC0000201, 64496, 64497, 64498, 1, 2, 2, 64499, 64500, 0, 0)),
                block(1004, words(106, 4), "anna".getBytes(US_ASCII), words(106, 3), "bob\0".getBytes(US_ASCII)),
                block(1005, words(1, 5), "/path\0\0\0".getBytes(US_ASCII), words(4), "host".getBytes(US_ASCII)),
                block(4 << 12 | 9, words(0xCAFE)));
        Normalized event = FlowEvents.of("sflow5").packet(datagram(1, sample)).getFirst();
        assertThat(event.fields())
                .containsEntry("SourceAddress", "2001:db8::1")
                .containsEntry("TransportProtocol", "UDP")
                .containsEntry("DestinationPort", "5353")
                .containsEntry("N.vlanId", "1")
                .containsEntry("S.ipNextHopIPv4Address", "192.0.2.1")
                .containsEntry("N.sourcePrefixLength", "24")
                .containsEntry("N.bgpSourceAsNumber", "64497")
                .containsEntry("N.bgpDestinationAsNumber", "64500")
                .containsEntry("SourceUserName", "anna")
                .containsEntry("S.destinationUserName", "bob")
                .containsEntry("RequestUrl", "/path")
                .containsEntry("DestinationHostName", "host")
                .containsEntry("Extra.sflow_flow_4_9", "0000cafe");
    }

    @Test
    void keepsTheRestOfADamagedDatagram() {
        byte[] whole = datagram(1, flowSample(rawPacket()), counters());
        List<Normalized> events = FlowEvents.of("sflow5").packet(Arrays.copyOf(whole, whole.length - 9));
        assertThat(events).extracting(Normalized::failed).containsExactly(false, true);
        assertThat(events.getLast().keepsRaw()).isTrue();
        assertThat(FlowEvents.of("sflow5").packet("no sflow".getBytes(US_ASCII)))
                .hasSize(1)
                .allMatch(Normalized::failed);
    }

    @Test
    void countsDatagramsThatDidNotArrive() {
        FlowEvents flows = FlowEvents.of("sflow5");
        flows.packet(datagram(1, counters()));
        flows.packet(datagram(4, counters()));
        assertThat(Objects.requireNonNull(flows.normalizer().flows()).get(FlowCounters.Counter.MISSING))
                .isEqualTo(2);
    }
}
