package io.tocsin.pipeline.normalizer;

import static io.tocsin.pipeline.normalizer.FlowPackets.bytes;
import static io.tocsin.pipeline.normalizer.FlowPackets.flow;
import static io.tocsin.pipeline.normalizer.FlowPackets.flowTemplate;
import static io.tocsin.pipeline.normalizer.FlowPackets.ipfix;
import static io.tocsin.pipeline.normalizer.FlowPackets.netflow5;
import static io.tocsin.pipeline.normalizer.FlowPackets.netflow5Record;
import static io.tocsin.pipeline.normalizer.FlowPackets.netflow9;
import static io.tocsin.pipeline.normalizer.FlowPackets.optionsTemplate;
import static io.tocsin.pipeline.normalizer.FlowPackets.set;
import static io.tocsin.pipeline.normalizer.FlowPackets.template;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FlowFormatTest {
    private static final long MINUTE = 60_000_000_000L;

    private static long counted(FlowEvents flows, FlowCounters.Counter counter) {
        FlowCounters counters = flows.normalizer().flows();
        return counters == null ? -1 : counters.get(counter);
    }

    @Test
    void readsEachRecordOfNetflow5AsAnEvent() {
        List<Normalized> events =
                FlowEvents.of("netflow5").packet(netflow5(2, 17, netflow5Record(1, 4000), netflow5Record(2, 4001)));
        assertThat(events).hasSize(2).allMatch(Normalized::understood).noneMatch(Normalized::keepsRaw);
        Instant sent = Instant.ofEpochSecond(FlowPackets.EXPORT_SECONDS, 500_000_000);
        assertThat(events.get(1).fields())
                .containsEntry("SourceAddress", "198.51.100.2")
                .containsEntry("DestinationAddress", "203.0.113.5")
                .containsEntry("SourcePort", "4001")
                .containsEntry("DestinationPort", "443")
                .containsEntry("TransportProtocol", "TCP")
                .containsEntry("BytesIn", "1500")
                .containsEntry("N.packetDeltaCount", "10")
                .containsEntry("DeviceInboundInterface", "3")
                .containsEntry("DeviceOutboundInterface", "4")
                .containsEntry("StartTime", sent.minusMillis(5000).toString())
                .containsEntry("EndTime", sent.minusMillis(1000).toString())
                .containsEntry("DeviceReceiptTime", sent.toString())
                .containsEntry("DeviceAddress", "192.0.2.1")
                .containsEntry("DeviceProduct", "NetFlow")
                .containsEntry("DeviceVersion", "5")
                .containsEntry("N.sequenceNumber", "17")
                .containsEntry("N.samplingInterval", "100")
                .containsEntry("N.samplingAlgorithm", "1")
                .containsEntry("N.engineId", "7")
                .containsEntry("N.bgpSourceAsNumber", "64496");
    }

    @Test
    void readsTheRecordsThatCameWhenNetflow5PromisesMore() {
        List<Normalized> events = FlowEvents.of("netflow5").packet(netflow5(9, 1, netflow5Record(1, 4000)));
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().understood()).isTrue();
        assertThat(events.getFirst().get("ParseError")).contains("the header says 9 records, 1 came");
    }

    @Test
    void resolvesTimesThatPassedTheEndOfTheirCounter() {
        byte[] record = bytes(out -> {
            out.writeInt(0xFFFFFFFF - 999);
            out.writeInt(5000);
        });
        List<Normalized> events = FlowEvents.of("netflow9")
                .packet(netflow9(2, 1, 0, set(0, template(256, 22, 4, 21, 4)), set(256, record)));
        Instant started = Instant.ofEpochSecond(FlowPackets.EXPORT_SECONDS).minusMillis(FlowPackets.UP_TIME);
        assertThat(events.getFirst().fields())
                .containsEntry("StartTime", started.minusMillis(1000).toString())
                .containsEntry("EndTime", started.plusMillis(5000).toString());
    }

    @Test
    void readsDataThatCameBeforeItsTemplate() {
        FlowEvents flows = FlowEvents.of("ipfix");
        assertThat(flows.packet(ipfix(0, 5, set(256, flow(1, 100), flow(2, 200)), set(257, flow(3, 300)))))
                .isEmpty();
        assertThat(counted(flows, FlowCounters.Counter.HELD)).isEqualTo(2);
        List<Normalized> events =
                flows.packet(ipfix(3, 5, set(2, flowTemplate(257), flowTemplate(256)), set(256, flow(4, 400))));
        assertThat(events).extracting(event -> event.get("BytesIn")).containsExactly("100", "200", "300", "400");
        assertThat(events.getFirst().get("N.sequenceNumber")).isEqualTo("0");
        assertThat(counted(flows, FlowCounters.Counter.RELEASED)).isEqualTo(2);
        assertThat(flows.end()).isEmpty();
    }

    @Test
    void keepsTheBytesOfDataWhoseTemplateNeverComes() {
        FlowEvents flows = FlowEvents.of("ipfix");
        byte[] packet = ipfix(0, 5, set(256, flow(1, 100)));
        assertThat(flows.packet(packet)).isEmpty();
        assertThat(flows.normalizer().holdsUntilNanos()).isEqualTo(FlowEvents.NOW_NANOS + 5 * MINUTE);
        assertThat(flows.after(4 * MINUTE).expired()).isEmpty();
        List<Normalized> events = flows.from("203.0.113.9", 1).after(MINUTE).expired();
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().failed()).isTrue();
        assertThat(events.getFirst().keepsRaw()).isTrue();
        assertThat(events.getFirst().get("ParseError"))
                .contains("no template came [exporter=192.0.2.1, port=4739, domain=5, template=256]");
        assertThat(events.getFirst().get("EntryAddress")).isIn("192.0.2.1", "");
        assertThat(counted(flows, FlowCounters.Counter.EXPIRED)).isEqualTo(1);
        assertThat(flows.normalizer().holdsUntilNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void letsTheOldestGoWhenTooMuchWaits() {
        FlowEvents flows = new FlowEvents(Normalized.normalizer("""
                kind: normalizer
                name: small
                spec:
                  format: { type: ipfix, holdSize: 1 KiB }
                  keepRaw: error
                """));
        int gone = 0;
        for (int i = 0; i < 100; i++) {
            gone += flows.packet(ipfix(i, 5, set(256, flow(i, 100)))).size();
        }
        assertThat(gone).isBetween(90, 99);
        assertThat(gone + flows.end().size()).isEqualTo(100);
    }

    @Test
    void separatesExportersDomainsAndPorts() {
        FlowEvents flows = FlowEvents.of("ipfix");
        flows.packet(ipfix(0, 5, set(2, flowTemplate(256))));
        assertThat(flows.packet(ipfix(0, 6, set(256, flow(1, 1))))).isEmpty();
        assertThat(flows.from("192.0.2.2", 4739).packet(ipfix(0, 5, set(256, flow(1, 1)))))
                .isEmpty();
        // Another port of the same exporter and domain uses the same template …
        assertThat(flows.from("192.0.2.1", 4740).packet(ipfix(0, 5, set(256, flow(1, 1)))))
                .hasSize(1);
        // … until a second process is seen that lays its records out in another way.
        flows.from("192.0.2.1", 4741).packet(ipfix(0, 5, set(2, template(256, 1, 4))));
        assertThat(flows.from("192.0.2.1", 4742).packet(ipfix(0, 5, set(256, flow(1, 1)))))
                .isEmpty();
        assertThat(flows.from("192.0.2.1", 4741).packet(ipfix(0, 5, set(256, bytes(out -> out.writeInt(9))))))
                .extracting(event -> event.get("BytesIn"))
                .containsExactly("9");
        assertThat(flows.from("192.0.2.1", 4739).packet(ipfix(0, 5, set(256, flow(1, 8)))))
                .extracting(event -> event.get("BytesIn"))
                .containsExactly("8");
    }

    @Test
    void remembersTemplatesOverARestart() {
        NormalizerPlan before = FlowEvents.plan("netflow");
        new FlowEvents(before.create()).packet(netflow9(1, 1, 7, set(0, flowTemplate(260))));
        byte[] saved = before.memory().toBytes();
        NormalizerPlan after = FlowEvents.plan("netflow");
        assertThat(after.memory().restore(saved)).isTrue();
        FlowEvents flows = new FlowEvents(after.create());
        assertThat(flows.packet(netflow9(1, 2, 7, set(260, flow(1, 55)))))
                .extracting(event -> event.get("BytesIn"))
                .containsExactly("55");
    }

    @Test
    void takesTheNewTemplateWhenOneIsDefinedAgain() {
        FlowEvents flows = FlowEvents.of("ipfix");
        flows.packet(ipfix(0, 5, set(2, flowTemplate(256))));
        assertThat(flows.packet(ipfix(0, 5, set(256, flow(1, 7))))).hasSize(1);
        flows.packet(ipfix(1, 5, set(2, template(256, 1, 2))));
        assertThat(flows.packet(ipfix(1, 5, set(256, new byte[] {0, 1, 0, 2})))).hasSize(2);
        // Withdrawn (RFC 7011, section 8.1): data waits again.
        flows.packet(ipfix(3, 5, set(2, new byte[] {1, 0, 0, 0})));
        assertThat(flows.packet(ipfix(3, 5, set(256, new byte[] {0, 1})))).isEmpty();
        assertThat(flows.end()).hasSize(1);
    }

    @Test
    void readsVariableLengthsReducedSizesEnterprisesAndReverseElements() {
        byte[] longText = "x".repeat(300).getBytes(UTF_8);
        byte[] record = bytes(out -> {
            out.writeByte(4);
            out.write("eth0".getBytes(UTF_8));
            out.writeByte(255);
            out.writeShort(300);
            out.write(longText);
            out.write(new byte[] {1, 0, 0});
            out.writeInt(4711);
            out.writeInt(99);
            out.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        });
        byte[] layout = template(
                256, 82, 65535, 83, 65535, 1, 3, 0x8000 | 129, 4, 5951, 0x8000 | 1, 4, 29305, 0x8000 | 5, 9, 4242);
        Normalized event = FlowEvents.of("ipfix")
                .packet(ipfix(0, 1, set(2, layout), set(256, record)))
                .getFirst();
        assertThat(event.fields())
                .containsEntry("S.interfaceName", "eth0")
                .containsEntry("S.interfaceDescription", "x".repeat(300))
                .containsEntry("BytesIn", "65536")
                .containsEntry("N.netscalerTransactionId", "4711")
                .containsEntry("BytesOut", "99")
                .containsEntry("Extra.ie_4242_5", "010203040506070809");
    }

    @Test
    void readsAllTypes() {
        byte[] layout = template(
                256, 27, 16, 28, 16, 56, 6, 156, 8, 155, 8, 311, 8, 276, 1, 434, 4, 95, 4, 136, 1, 89, 1, 233, 1, 148,
                8);
        byte[] record = bytes(out -> {
            out.write(new byte[] {0x20, 1, 0x0d, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
            out.write(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 7});
            out.write(new byte[] {0, 0x1b, 0x21, (byte) 0xAB, (byte) 0xCD, (byte) 0xEF});
            out.writeInt((int) (1_790_000_000L + 2_208_988_800L));
            out.writeInt(0x80000000);
            out.writeInt((int) (1_790_000_001L + 2_208_988_800L));
            out.writeInt(0x40000000);
            out.writeDouble(0.25);
            out.writeByte(1);
            out.writeInt(-5);
            out.writeInt(3 << 24 | 443);
            out.writeByte(2);
            out.writeByte(0x82);
            out.writeByte(3);
            out.writeLong(-1);
        });
        Normalized event = FlowEvents.of("ipfix")
                .packet(ipfix(0, 1, set(2, layout), set(256, record)))
                .getFirst();
        assertThat(event.fields())
                .containsEntry("SourceAddress", "2001:db8::1")
                .containsEntry("DestinationAddress", "::ffff:192.0.2.7")
                .containsEntry("SourceMacAddress", "00:1b:21:ab:cd:ef")
                .containsEntry("StartTime", "2026-09-21T14:13:20.500Z")
                .containsEntry("EndTime", "2026-09-21T14:13:21.250Z")
                .containsEntry("N.flowEndMicroseconds", "1790000001250000")
                .containsEntry("F.samplingProbability", "0.25")
                .containsEntry("S.dataRecordsReliability", "true")
                .containsEntry("N.mibObjectValueInteger", "-5")
                .containsEntry("S.applicationId", "3..443")
                .containsEntry("Reason", "active timeout")
                .containsEntry("DeviceAction", "denied")
                .containsEntry("N.forwardingStatus", "130")
                .containsEntry("Extra.flowId", "18446744073709551615");
    }

    @Test
    void appliesWhatTheExporterTellsOfItself() {
        FlowEvents flows = FlowEvents.of("ipfix");
        byte[] sampling = set(3, optionsTemplate(300, 1, 149, 4, 302, 8, 305, 4, 306, 4));
        List<Normalized> options = flows.packet(ipfix(0, 5, sampling, set(300, bytes(out -> {
            out.writeInt(5);
            out.writeLong(9);
            out.writeInt(1);
            out.writeInt(99);
        }))));
        assertThat(options).hasSize(1);
        assertThat(options.getFirst().fields())
                .containsEntry("Name", "flow exporter options")
                .containsEntry("N.samplingPacketSpace", "99");
        flows.packet(ipfix(1, 5, set(3, optionsTemplate(301, 1, 95, 4, 96, 6)), set(301, bytes(out -> {
            out.writeInt(3 << 24 | 443);
            out.write("https\0".getBytes(UTF_8));
        }))));
        Normalized flow = flows.packet(ipfix(2, 5, set(2, template(256, 302, 8, 95, 4, 1, 4)), set(256, bytes(out -> {
                    out.writeLong(9);
                    out.writeInt(3 << 24 | 443);
                    out.writeInt(1000);
                }))))
                .getFirst();
        assertThat(flow.fields())
                .containsEntry("N.samplingInterval", "100")
                .containsEntry("ApplicationProtocol", "https");
    }

    @Test
    void namesElementsThatTheExporterDeclares() {
        FlowEvents flows = FlowEvents.of("ipfix");
        flows.packet(ipfix(0, 5, set(2, template(256, 0x8000 | 7, 4, 4242))));
        flows.packet(ipfix(
                0, 5, set(3, optionsTemplate(300, 2, 346, 4, 303, 2, 339, 1, 341, 65535)), set(300, bytes(out -> {
                    out.writeInt(4242);
                    out.writeShort(7);
                    out.writeByte(18);
                    out.writeByte(10);
                    out.write("innerHost4".getBytes(UTF_8));
                }))));
        assertThat(flows.packet(ipfix(1, 5, set(256, new byte[] {10, 0, 0, 1})))
                        .getFirst()
                        .get("S.innerHost4"))
                .isEqualTo("10.0.0.1");
    }

    @Test
    void countsWhatDidNotArrive() {
        FlowEvents flows = FlowEvents.of("netflow");
        flows.packet(ipfix(10, 5, set(2, flowTemplate(256)), set(256, flow(1, 1), flow(2, 2))));
        flows.packet(ipfix(15, 5, set(256, flow(3, 3))));
        assertThat(counted(flows, FlowCounters.Counter.MISSING)).isEqualTo(3);
        flows.packet(netflow9(1, 0xFFFFFFFFL, 7, set(0, flowTemplate(260))));
        flows.packet(netflow9(1, 1, 7, set(260, flow(1, 55))));
        assertThat(counted(flows, FlowCounters.Counter.MISSING)).isEqualTo(4);
        flows.packet(netflow5(1, 100, netflow5Record(1, 1)));
        flows.packet(netflow5(1, 106, netflow5Record(1, 1)));
        assertThat(counted(flows, FlowCounters.Counter.MISSING)).isEqualTo(9);
        // An exporter that begins anew misses nothing.
        flows.packet(netflow5(1, 0, netflow5Record(1, 1)));
        assertThat(counted(flows, FlowCounters.Counter.MISSING)).isEqualTo(9);
    }

    @Test
    void givesTheRecordsBeforeTheDamageAndKeepsTheRest() {
        byte[] whole = ipfix(0, 5, set(2, flowTemplate(256)), set(256, flow(1, 1)), set(256, flow(2, 2)));
        byte[] cut = Arrays.copyOf(whole, whole.length - 3);
        List<Normalized> events = FlowEvents.of("ipfix").packet(cut);
        assertThat(events).hasSize(2);
        assertThat(events.getFirst().get("BytesIn")).isEqualTo("1");
        assertThat(events.getLast().failed()).isTrue();
        assertThat(events.getLast().get("ParseError")).contains("a set of 21 bytes where 18 are left");
    }

    @Test
    void refusesHostileTemplates() {
        FlowEvents flows = FlowEvents.of("ipfix");
        for (byte[] hostile : List.of(
                template(256, 1, 0, 2, 0),
                template(256, 1, 0),
                bytes(out -> out.write(new byte[] {1, 0, -1, -1, 0, 1, 0, 4})),
                bytes(out -> out.write(new byte[] {0, 1, 0, 1, 0, 1, 0, 4})))) {
            List<Normalized> events = flows.packet(ipfix(0, 5, set(2, hostile)));
            assertThat(events).hasSize(1).allMatch(Normalized::failed);
        }
        // A template that is longer than any record waits for nothing.
        flows.packet(ipfix(0, 5, set(2, template(256, 1, 65534))));
        assertThat(flows.packet(ipfix(0, 5, set(256, new byte[100])))).isEmpty();
        assertThat(counted(flows, FlowCounters.Counter.DAMAGED)).isGreaterThanOrEqualTo(4);
    }

    @Test
    void keepsForeignPacketsAsTheyCame() {
        List<Normalized> events = FlowEvents.of("netflow9").packet("<34>hello".getBytes(UTF_8));
        assertThat(events).hasSize(1).allMatch(Normalized::failed).allMatch(Normalized::keepsRaw);
        assertThat(FlowEvents.of("netflow9").packet(netflow5(1, 1, netflow5Record(1, 1))))
                .hasSize(1)
                .allMatch(Normalized::failed);
    }

    @Test
    void passesOverZerosBehindTheRecordsOfNetflow9() {
        byte[] padded = bytes(FlowPackets.all(flow(1, 1), new byte[17 * 5]));
        List<Normalized> events =
                FlowEvents.of("netflow9").packet(netflow9(2, 1, 0, set(0, flowTemplate(256)), set(256, padded)));
        assertThat(events).hasSize(1);
    }

    @Test
    void mapsPartsAsToldAndLetsNestedNormalizersReadThem() {
        FlowEvents flows = new FlowEvents(Normalized.normalizer("""
                kind: normalizer
                name: edge
                spec:
                  format: ipfix
                  keepRaw: error
                  mapping:
                    - { from: interfaceName, to: DeviceInboundInterface }
                    - { from: octetDeltaCount, to: FlexNumber1, label: octets }
                  set: { DeviceVendor: Example }
                  nested:
                    - source: interfaceDescription
                      normalizer: { format: kv, defaults: false, mapping: [ { from: site, to: DeviceFacility } ] }
                """));
        byte[] layout = set(2, template(256, 82, 4, 1, 4, 83, 12));
        Normalized event = flows.packet(ipfix(0, 5, layout, set(256, bytes(out -> {
                    out.write("eth7".getBytes(UTF_8));
                    out.writeInt(12);
                    out.write("site=roof\0\0\0".getBytes(UTF_8));
                }))))
                .getFirst();
        assertThat(event.fields())
                .containsEntry("DeviceInboundInterface", "eth7")
                .containsEntry("FlexNumber1", "12")
                .containsEntry("FlexNumber1Label", "octets")
                .containsEntry("DeviceVendor", "Example")
                .containsEntry("DeviceFacility", "roof");
    }

    @Test
    void keepsHeaderAndSetOfWhatItCannotRead() {
        byte[] body = flow(1, 100);
        byte[] packet = ipfix(0, 5, set(256, body));
        FlowEvents flows = FlowEvents.of("ipfix");
        flows.packet(packet);
        assertThat(flows.lastRaw(flows.end())).isEqualTo(Base64.getEncoder().encodeToString(packet));
    }
}
