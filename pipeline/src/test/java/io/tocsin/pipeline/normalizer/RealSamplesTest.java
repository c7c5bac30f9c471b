package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Reads samples that nobody of this project wrote, when the machine has them.
final class RealSamplesTest {
    private static final Map<String, String> CEF_FIELDS = Map.ofEntries(
            Map.entry("cefVersion", "S.cefVersion"),
            Map.entry("syslog", "Extra.prefix"),
            Map.entry("agentMacAddress", "Extra.amac"),
            Map.entry("deviceReceiptTime", "DeviceReceiptTime"),
            Map.entry("deviceCustomFloatingPoint15", "Extra.cfp15"),
            Map.entry("deviceCustomFloatingPoint15Label", "Extra.cfp15Label"),
            Map.entry("deviceCustomIPv6Address12", "Extra.c6a12"),
            Map.entry("deviceCustomIPv6Address12Label", "Extra.c6a12Label"),
            Map.entry("deviceCustomNumber7", "Extra.cn7"),
            Map.entry("deviceCustomNumber7Label", "Extra.cn7Label"),
            Map.entry("deviceVendor", "DeviceVendor"),
            Map.entry("deviceProduct", "DeviceProduct"),
            Map.entry("deviceVersion", "DeviceVersion"),
            Map.entry("deviceEventClassId", "DeviceEventClassID"),
            Map.entry("name", "Name"),
            Map.entry("severity", "Severity"),
            Map.entry("sourceAddress", "SourceAddress"),
            Map.entry("destinationAddress", "DestinationAddress"),
            Map.entry("sourcePort", "SourcePort"),
            Map.entry("destinationPort", "DestinationPort"),
            Map.entry("sourceHostName", "SourceHostName"),
            Map.entry("destinationHostName", "DestinationHostName"),
            Map.entry("destinationProcessName", "DestinationProcessName"),
            Map.entry("transportProtocol", "TransportProtocol"),
            Map.entry("eventOutcome", "EventOutcome"),
            Map.entry("message", "Message"),
            Map.entry("fileHash", "FileHash"),
            Map.entry("deviceCustomString4", "DeviceCustomString4"),
            Map.entry("deviceCustomString4Label", "DeviceCustomString4Label"));

    private static ConfigNode.Sequence read(Path file) {
        assumeThat(file).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        Problems problems = new Problems();
        ConfigNode node = YamlReader.readAll(file, problems).getFirst();
        problems.throwIfAny();
        return (ConfigNode.Sequence) node;
    }

    @Test
    void givesWhatAnotherCefDecoderGives() {
        Normalizer cef = Normalized.normalizer("""
                kind: normalizer
                name: c
                spec: { format: cef, mapping: [ { from: cefVersion, to: S.cefVersion } ] }
                """);
        List<String> differences = new ArrayList<>();
        int cases = 0;
        for (ConfigNode node : read(TestData.folder().resolve("cef/logstash-codec-cef-cases.json"))
                .items()) {
            ConfigNode.Mapping sample = (ConfigNode.Mapping) node;
            cases++;
            Normalized event = Normalized.of(cef, String.valueOf(sample.text("message")));
            if (sample.get("expected_failure") != null) {
                if (event.understood() && event.get("ParseError").isEmpty()) {
                    differences.add(sample.text("case") + ": should fail");
                }
                continue;
            }
            for (ConfigNode.Entry expected : ((ConfigNode.Mapping) sample.entries().stream()
                            .filter(entry -> entry.name().equals("expected"))
                            .findFirst()
                            .orElseThrow()
                            .value())
                    .entries()) {
                String field = CEF_FIELDS.getOrDefault(expected.name(), "Extra." + expected.name());
                String value = ((ConfigNode.Scalar) expected.value()).text();
                if (field.equals("DeviceReceiptTime")) {
                    // the other decoder leaves times as they are written
                    value = value.equals("Sep 07 2018 14:50:39") ? "2018-09-07T14:50:39Z" : value;
                }
                if (!event.get(field).equals(value)) {
                    differences.add(sample.text("case") + ": " + field + " is " + event.get(field));
                }
            }
        }
        assertThat(cases).isEqualTo(25);
        assertThat(differences).isEmpty();
    }

    @Test
    void givesWhatAnotherStructuredSyslogParserGives() throws IOException {
        Path folder = TestData.folder().resolve("syslog/telegraf");
        assumeThat(folder).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        Normalizer syslog = Normalized.builtIn("syslog");
        int compared = 0;
        List<String> differences = new ArrayList<>();
        try (Stream<Path> cases = Files.list(folder)) {
            for (Path one : cases.sorted().toList()) {
                Path expected = one.resolve("expected.out");
                if (!Files.exists(expected)) {
                    continue;
                }
                String input = Files.readString(one.resolve("input.txt"), UTF_8);
                List<String> messages = messages(input);
                List<String> lines = Files.readAllLines(expected, UTF_8);
                for (int i = 0; i < Math.min(messages.size(), lines.size()); i++) {
                    Normalized event = Normalized.of(syslog, messages.get(i));
                    compared++;
                    for (String[] pair : new String[][] {
                        {"facility", "DeviceFacility"},
                        {"severity", "Severity"},
                        {"hostname", "DeviceHostName"},
                        {"appname", "DeviceProcessName"}
                    }) {
                        String value = tag(lines.get(i), pair[0]);
                        String found = event.fields().getOrDefault("Extra." + pair[1], event.get(pair[1]));
                        if (!value.isEmpty() && !found.equals(value)) {
                            differences.add(one.getFileName() + ": " + pair[1] + " is " + found);
                        }
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(20);
        assertThat(differences).isEmpty();
    }

    /// Splits what was on the wire: octet counts before `<`, else lines.
    private static List<String> messages(String input) {
        List<String> messages = new ArrayList<>();
        int at = 0;
        while (at < input.length()) {
            int digits = at;
            while (digits < input.length() && Character.isDigit(input.charAt(digits))) {
                digits++;
            }
            if (digits > at
                    && digits + 1 < input.length()
                    && input.charAt(digits) == ' '
                    && input.charAt(digits + 1) == '<') {
                int bytes = Integer.parseInt(input.substring(at, digits));
                byte[] rest = input.substring(digits + 1).getBytes(UTF_8);
                String message = new String(rest, 0, Math.min(bytes, rest.length), UTF_8);
                messages.add(message);
                at = digits + 1 + message.length();
            } else {
                int end = input.indexOf('\n', at);
                end = end < 0 ? input.length() : end;
                if (end > at) {
                    messages.add(input.substring(at, end));
                }
                at = end + 1;
            }
        }
        return messages;
    }

    private static String tag(String line, String name) {
        int start = line.indexOf("," + name + "=");
        if (start < 0) {
            return "";
        }
        int from = start + name.length() + 2;
        int to = from;
        while (to < line.length() && line.charAt(to) != ',' && line.charAt(to) != ' ') {
            to += line.charAt(to) == '\\' ? 2 : 1;
        }
        return line.substring(from, to);
    }

    @Test
    void findsTheHostThatAnotherSyslogServerFinds() {
        int compared = 0;
        int same = 0;
        Normalizer syslog = Normalized.builtIn("syslog");
        for (ConfigNode node : read(TestData.folder().resolve("syslog/rsyslog-parser-vectors.json"))
                .items()) {
            ConfigNode.Mapping group = (ConfigNode.Mapping) node;
            if (!String.valueOf(group.text("template")).startsWith("%PRI%")) {
                continue;
            }
            List<String> columns =
                    List.of(String.valueOf(group.text("template")).split(","));
            int host = columns.indexOf("%hostname%");
            List<ConfigNode> inputs = ((ConfigNode.Sequence) entry(group, "inputs")).items();
            List<ConfigNode> outputs = ((ConfigNode.Sequence) entry(group, "expected_lines")).items();
            for (int i = 0; i < inputs.size(); i++) {
                String[] expected = ((ConfigNode.Scalar) outputs.get(i)).text().split(",", -1);
                Normalized event = Normalized.of(syslog, ((ConfigNode.Scalar) inputs.get(i)).text());
                String wanted = expected[host].equals("$RS_HOSTNAME") ? "" : expected[host];
                compared++;
                if (event.get("DeviceHostName").equals(wanted)) {
                    same++;
                }
            }
        }
        // One line differs on purpose: the other server takes the year behind the clock for a host.
        assertThat(compared).isGreaterThan(25);
        assertThat(same).isGreaterThanOrEqualTo(compared - 1);
    }

    private static ConfigNode entry(ConfigNode.Mapping mapping, String name) {
        return mapping.entries().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }
}
