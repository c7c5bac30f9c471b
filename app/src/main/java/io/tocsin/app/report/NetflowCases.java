package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Packets of flow exporters with whole events and single fields that another decoder gives.
///
/// Differences on purpose: data that comes before its template is decoded here when the template comes, so a case may
/// give more events than there; and the other decoder is one second late when it resolves times of NetFlow 5 and 9
/// (it rounds seconds up and adds the milliseconds), so a difference of at most one second is taken for equal.
final class NetflowCases implements DataSet {
    private static final long ROUNDING_MILLIS = 1000;
    /// The counter of milliseconds since the start of an exporter has 32 bits; one case lies on both sides of its end.
    private static final long TURN_MILLIS = 1L << 32;

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("app_id", "ApplicationProtocol"),
            Map.entry("application_description", "applicationDescription"),
            Map.entry("application_id", "applicationId"),
            Map.entry("application_name", "applicationName"),
            Map.entry("bgp_ipv4_next_hop", "bgpNextHopIPv4Address"),
            Map.entry("conn_id", "flowId"),
            Map.entry("destinationIPv4Address", "DestinationAddress"),
            Map.entry("destinationIPv6Address", "DestinationAddress"),
            Map.entry("destinationTransportPort", "DestinationPort"),
            Map.entry("direction", "DeviceDirection"),
            Map.entry("dst_as", "bgpDestinationAsNumber"),
            Map.entry("dst_mask", "destinationIPv4PrefixLength"),
            Map.entry("dst_vlan", "postVlanId"),
            Map.entry("egressInterface", "DeviceOutboundInterface"),
            Map.entry("engine_id", "engineId"),
            Map.entry("engine_type", "engineType"),
            Map.entry("event_time_msec", "observationTimeMilliseconds"),
            Map.entry("exporterIPv4Address", "DeviceAddress"),
            Map.entry("first_switched", "StartTime"),
            Map.entry("flowDirection", "DeviceDirection"),
            Map.entry("flowEndMicroseconds", "EndTime"),
            Map.entry("flowEndMilliseconds", "EndTime"),
            Map.entry("flowEndSeconds", "EndTime"),
            Map.entry("flowStartMilliseconds", "StartTime"),
            Map.entry("flowStartSeconds", "StartTime"),
            Map.entry("flow_end_reason", "flowEndReason"),
            Map.entry("flow_records", "flowRecords"),
            Map.entry("flow_sampler_id", "samplerId"),
            Map.entry("flow_seq_num", "sequenceNumber"),
            Map.entry("flow_start_msec", "StartTime"),
            Map.entry("flows", "deltaFlowCount"),
            Map.entry("flowset_id", "templateId"),
            Map.entry("forwarding_status", "forwardingStatus"),
            Map.entry("fw_event", "firewallEvent"),
            Map.entry("fw_ext_event", "fwExtendedEvent"),
            Map.entry("fwd_flow_delta_bytes", "BytesIn"),
            Map.entry("icmp_code", "icmpCodeIPv4"),
            Map.entry("icmp_type", "icmpTypeIPv4"),
            Map.entry("if_desc", "interfaceDescription"),
            Map.entry("in_bytes", "BytesIn"),
            Map.entry("in_dst_mac", "DestinationMacAddress"),
            Map.entry("in_pkts", "packetDeltaCount"),
            Map.entry("in_src_mac", "SourceMacAddress"),
            Map.entry("ingressInterface", "DeviceInboundInterface"),
            Map.entry("input_snmp", "DeviceInboundInterface"),
            Map.entry("ip_dscp", "ipDiffServCodePoint"),
            Map.entry("ip_protocol_version", "ipVersion"),
            Map.entry("ipv4_dst_addr", "DestinationAddress"),
            Map.entry("ipv4_ident", "fragmentIdentification"),
            Map.entry("ipv4_next_hop", "ipNextHopIPv4Address"),
            Map.entry("ipv4_src_addr", "SourceAddress"),
            Map.entry("ipv4_src_prefix", "sourceIPv4Prefix"),
            Map.entry("l4_dst_port", "DestinationPort"),
            Map.entry("l4_src_port", "SourcePort"),
            Map.entry("last_switched", "EndTime"),
            Map.entry("mpls_label_stack_octets", "mplsLabelStackLength"),
            Map.entry("nprobe_proto", "l7Protocol"),
            Map.entry("octetDeltaCount", "BytesIn"),
            Map.entry("octetTotalCount", "BytesIn"),
            Map.entry("out_bytes", "BytesOut"),
            Map.entry("out_dst_mac", "postDestinationMacAddress"),
            Map.entry("out_pkts", "postPacketDeltaCount"),
            Map.entry("out_src_mac", "postSourceMacAddress"),
            Map.entry("output_snmp", "DeviceOutboundInterface"),
            Map.entry("postNATDestinationIPv4Address", "DestinationTranslatedAddress"),
            Map.entry("postNATSourceIPv4Address", "SourceTranslatedAddress"),
            Map.entry("protocol", "protocolIdentifier"),
            Map.entry("rev_flow_delta_bytes", "BytesOut"),
            Map.entry("reverseOctetTotalCount", "BytesOut"),
            Map.entry("sampling_algorithm", "samplingAlgorithm"),
            Map.entry("sampling_interval", "samplingInterval"),
            Map.entry("scope_system", "scopeSystem"),
            Map.entry("sourceIPv4Address", "SourceAddress"),
            Map.entry("sourceIPv6Address", "SourceAddress"),
            Map.entry("sourceMacAddress", "SourceMacAddress"),
            Map.entry("sourceTransportPort", "SourcePort"),
            Map.entry("src_as", "bgpSourceAsNumber"),
            Map.entry("src_mask", "sourceIPv4PrefixLength"),
            Map.entry("src_tos", "ipClassOfService"),
            Map.entry("src_vlan", "vlanId"),
            Map.entry("tcp_flags", "tcpControlBits"),
            Map.entry("tcp_src_port", "tcpSourcePort"),
            Map.entry("udp_dst_port", "udpDestinationPort"),
            Map.entry("user_id", "SourceUserName"),
            Map.entry("version", "DeviceVersion"),
            Map.entry("xlate_dst_addr_ipv4", "DestinationTranslatedAddress"),
            Map.entry("xlate_dst_port", "DestinationTranslatedPort"),
            Map.entry("xlate_src_addr_ipv4", "SourceTranslatedAddress"),
            Map.entry("xlate_src_port", "SourceTranslatedPort"));

    @Override
    public String name() {
        return "netflow";
    }

    @Override
    public String folder() {
        return "netflow/logstash-codec";
    }

    @Override
    public String passes() {
        return "as many events, and every expected field of each";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (Path file : DataFiles.below(folder.resolve("expected"))) {
            JsonNode expected = DataFiles.json(file);
            String name = String.valueOf(file.getFileName()).replace(".json", "");
            String format = name.startsWith("ipfix")
                    ? "ipfix"
                    : name.startsWith("netflow5") || name.startsWith("netflow-5") ? "netflow5" : "netflow9";
            Normalization.Stream stream = normalization.freshStream(format);
            List<JsonNode> events = new ArrayList<>();
            boolean early = false;
            for (JsonNode packet : expected.path("files")) {
                List<JsonNode> some = stream.events(
                        "", Files.readAllBytes(folder.resolve("dat").resolve(packet.asString())));
                early |= some.isEmpty() && !packet.asString().contains("tpl");
                some.stream().filter(event -> !event.has("ParseError")).forEach(events::add);
            }
            tally.add(name, compare(expected, events, early));
        }
    }

    private static List<String> compare(JsonNode expected, List<JsonNode> events, boolean early) {
        List<String> missing = new ArrayList<>();
        JsonNode count = expected.path("expected_event_count");
        int wanted = count.asInt(-1);
        if (count.isNumber() && (early ? events.size() < wanted : events.size() != wanted)) {
            missing.add(events.size() + " events in place of " + wanted);
        }
        for (JsonNode whole : expected.path("expected_events")) {
            int index = whole.path("event").asInt();
            JsonNode value = whole.path("value");
            for (Map.Entry<String, JsonNode> field : value.path("netflow").properties()) {
                check(events, index, field.getKey(), field.getValue(), missing);
            }
            if (index < events.size()) {
                String sent = events.get(index).path("DeviceReceiptTime").asString();
                if (!EventValues.spellings(value.path("@timestamp").asString()).contains(sent)) {
                    missing.add(index + ": @timestamp");
                }
            }
        }
        for (JsonNode field : expected.path("expected_fields")) {
            String path = field.path("field").asString();
            String name = path.substring(path.lastIndexOf('[') + 1, path.length() - 1);
            check(events, field.path("event").asInt(), name, field.path("equals"), missing);
        }
        return missing;
    }

    private static void check(List<JsonNode> events, int index, String name, JsonNode expected, List<String> missing) {
        if (index >= events.size()) {
            missing.add(index + ": no event");
            return;
        }
        EventValues values = new EventValues(events.get(index));
        List<String> found = new ArrayList<>(values.of(name));
        found.addAll(values.of(NAMES.getOrDefault(name, name)));
        // One exporter sends type and code of ICMP in one number.
        if (name.equals("icmp_type")) {
            found.addAll(values.of("icmpTypeCodeIPv4"));
        }
        if (found.stream().noneMatch(value -> same(value, expected))) {
            missing.add(index + ": " + name + "=" + expected + " is " + found);
        }
    }

    private static boolean same(String value, JsonNode expected) {
        if (expected.has("status")) {
            return value.equals(Integer.toString(expected.path("status").asInt() << 6
                    | expected.path("reason").asInt()));
        }
        if (expected.has("label")) {
            return value.equals(Integer.toString(expected.path("label").asInt() << 12
                    | expected.path("experimental").asInt() << 9
                    | expected.path("bottom_of_stack").asInt() << 8
                    | expected.path("ttl").asInt()));
        }
        String text = expected.asString().replace("#{nanos}", "");
        List<String> spellings = EventValues.spellings(text);
        if (spellings.contains(value) || value.equals(text + "000")) {
            return true;
        }
        if (spellings.size() < 3 || !value.matches("[0-9]{10,15}")) {
            return false;
        }
        long difference = Math.abs(Long.parseLong(spellings.getLast()) - Long.parseLong(value));
        return difference <= ROUNDING_MILLIS || Math.abs(difference - TURN_MILLIS) <= ROUNDING_MILLIS;
    }
}
