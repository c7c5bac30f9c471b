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
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every field that two other syslog parsers find in their own test messages, when the machine has them.
final class SyslogVectorsTest {
    private static final Normalizer SYSLOG = Normalized.normalizer("""
            kind: normalizer
            name: s
            spec: { format: syslog, mapping: [ { from: version, to: S.version }, { from: pid, to: S.pid } ] }
            """);

    @Test
    void findsEveryFieldThatAStructuredParserFinds() throws IOException {
        Path folder = TestData.folder().resolve("syslog/telegraf");
        assumeThat(folder).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        int values = 0;
        List<String> differences = new ArrayList<>();
        try (Stream<Path> cases = Files.list(folder)) {
            for (Path one : cases.sorted().toList()) {
                Path expected = one.resolve("expected.out");
                if (!Files.exists(expected)) {
                    continue;
                }
                List<byte[]> messages = messages(Files.readAllBytes(one.resolve("input.txt")));
                List<String> lines = records(Files.readString(expected, UTF_8));
                assertThat(messages).as(one.toString()).hasSizeGreaterThanOrEqualTo(lines.size());
                for (int i = 0; i < lines.size(); i++) {
                    Map<String, String> found = fields(Normalized.of(SYSLOG, messages.get(i), Normalized.RECEIVED));
                    Map<String, String> wanted = LineProtocol.read(lines.get(i));
                    values += wanted.size();
                    wanted.forEach((name, value) -> {
                        if (!value.equals(found.get(name))) {
                            differences.add(
                                    one.getFileName() + ": " + name + " is " + found.get(name) + ", not " + value);
                        }
                    });
                }
            }
        }
        assertThat(values).isGreaterThan(150);
        assertThat(differences).isEmpty();
    }

    /// Names of the other parser for what the event holds.
    private static Map<String, String> fields(Normalized event) {
        Map<String, String> found = new TreeMap<>();
        event.fields().forEach((name, value) -> {
            switch (name) {
                case "DeviceFacility" -> found.put("facility", value);
                case "Severity" -> found.put("severity", value);
                case "DeviceHostName" -> found.putIfAbsent("hostname", value);
                case "DeviceProcessName" -> found.putIfAbsent("appname", value);
                case "DeviceEventClassID" -> found.putIfAbsent("msgid", value);
                case "Extra.DeviceHostName" -> found.put("hostname", value);
                case "Extra.DeviceProcessName" -> found.put("appname", value);
                case "Extra.DeviceEventClassID" -> found.put("msgid", value);
                case "Message" -> found.putIfAbsent("message", value);
                case "Extra.Message" -> found.put("message", value);
                case "S.version" -> found.put("version", value);
                case "S.pid" -> found.put("procid", value);
                case "DeviceReceiptTime" ->
                    found.put("timestamp", Long.toString(Instant.parse(value).toEpochMilli()));
                default -> found.put(name.replace("Extra.", "").replace('.', '_'), value);
            }
        });
        return found;
    }

    private static List<byte[]> messages(byte[] input) {
        if (input.length == 0 || !Character.isDigit(input[0])) {
            return List.of(input);
        }
        List<byte[]> messages = new ArrayList<>();
        int at = 0;
        while (at < input.length && Character.isDigit(input[at])) {
            int digits = ByteScan.digits(input, at, input.length, 9);
            int count = ByteScan.number(input, at, input.length, 9);
            int start = at + digits + 1;
            int end = Math.min(input.length, start + count);
            messages.add(java.util.Arrays.copyOfRange(input, start, end));
            at = end;
        }
        return messages;
    }

    /// Lines, but for line ends inside quotes.
    private static List<String> records(String text) {
        List<String> records = new ArrayList<>();
        StringBuilder record = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            if (next == '"' && (i == 0 || text.charAt(i - 1) != '\\')) {
                quoted = !quoted;
            }
            if (next == '\n' && !quoted) {
                records.add(record.toString());
                record.setLength(0);
            } else {
                record.append(next);
            }
        }
        if (!record.isEmpty()) {
            records.add(record.toString());
        }
        return records;
    }

    /// `name,tag=value field=1i,other="text" time`
    private static final class LineProtocol {
        private LineProtocol() {}

        static Map<String, String> read(String line) {
            Map<String, String> values = new TreeMap<>();
            StringBuilder part = new StringBuilder();
            boolean quoted = false;
            for (int i = 0; i < line.length(); i++) {
                char next = line.charAt(i);
                if (next == '\\' && i + 1 < line.length()) {
                    i++;
                    part.append(line.charAt(i) == 'n' ? '\n' : line.charAt(i));
                } else if (next == '"') {
                    quoted = !quoted;
                } else if (!quoted && (next == ',' || next == ' ')) {
                    add(values, part.toString());
                    part.setLength(0);
                } else {
                    part.append(next);
                }
            }
            values.keySet().removeAll(List.of("source", "severity_code", "facility_code"));
            return values;
        }

        private static void add(Map<String, String> values, String part) {
            int equal = part.indexOf('=');
            if (equal < 0) {
                return;
            }
            String name = part.substring(0, equal);
            String value = part.substring(equal + 1);
            switch (name) {
                case "version" -> values.put(name, value.replace("u", ""));
                case "timestamp" -> values.put(name, Long.toString(Long.parseLong(value.replace("i", "")) / 1_000_000));
                default -> values.put(name, value);
            }
        }
    }

    @Test
    void findsWhatAnotherSyslogServerFindsWhenAskedToReadLikeIt() {
        Path file = TestData.folder().resolve("syslog/rsyslog-parser-vectors.json");
        assumeThat(file).as("test data is absent: set TOCSIN_TEST_DATA").exists();
        Problems problems = new Problems();
        ConfigNode.Sequence groups =
                (ConfigNode.Sequence) YamlReader.readAll(file, problems).getFirst();
        problems.throwIfAny();
        Normalizer anyTag = Normalized.normalizer("""
                kind: normalizer
                name: s
                spec: { format: { type: syslog, literal: true, defaultPriority: 13 } }
                """);
        List<String> differences = new ArrayList<>();
        int compared = 0;
        for (ConfigNode node : groups.items()) {
            ConfigNode.Mapping group = (ConfigNode.Mapping) node;
            String template = String.valueOf(group.text("template"));
            boolean whole = template.startsWith("%PRI%") && template.contains("%timestamp%");
            boolean hosts = template.startsWith("?%hostname%");
            List<ConfigNode> inputs = items(group, "inputs");
            List<ConfigNode> outputs = items(group, "expected_lines");
            for (int i = 0; i < inputs.size() && (whole || hosts); i++) {
                String input = ((ConfigNode.Scalar) inputs.get(i)).text();
                String expected = ((ConfigNode.Scalar) outputs.get(i)).text();
                Normalized event = Normalized.of(whole ? anyTag : SYSLOG, input);
                String found = whole ? wholeLine(event, expected) : hostLine(event);
                String wanted = whole ? withoutTag(expected) : expected.replace(" ", "");
                compared++;
                if (!found.equals(wanted)) {
                    differences.add(found + " against " + wanted);
                }
            }
        }
        assertThat(compared).isGreaterThan(30);
        assertThat(differences).isEmpty();
    }

    private static List<ConfigNode> items(ConfigNode.Mapping group, String name) {
        return ((ConfigNode.Sequence) java.util.Objects.requireNonNull(group.get(name))).items();
    }

    private static String hostLine(Normalized event) {
        String tag = event.get("DeviceProcessName");
        return "?" + event.get("DeviceHostName") + "?" + (tag.isEmpty() ? "-" : tag + ":") + "?"
                + event.get("Message").replace(" ", "") + "?";
    }

    /// Facility, severity, time, host, program, message without the space before it.
    private static String wholeLine(Normalized event, String expected) {
        String time = event.get("DeviceReceiptTime");
        String host = event.get("DeviceHostName");
        boolean local = expected.contains("$RS_HOSTNAME") && host.isEmpty();
        return String.join(
                ",",
                event.get("DeviceFacility"),
                event.get("Severity"),
                time.isEmpty()
                        ? ""
                        : DateTimeFormatter.ofPattern("MMM d HH:mm:ss", Locale.ENGLISH)
                                .format(Instant.parse(time)
                                        .atOffset(
                                                expected.contains("05:14:15")
                                                        ? ZoneOffset.ofHours(-7)
                                                        : ZoneOffset.UTC)),
                local ? "$RS_HOSTNAME" : host,
                event.get("DeviceProcessName"),
                event.get("Message").strip());
    }

    private static String withoutTag(String expected) {
        String[] columns = expected.split(",", -1);
        List<String> head = new ArrayList<>(List.of(columns).subList(1, 5));
        head.set(2, head.get(2).replaceAll(" +", " "));
        String rest = expected.substring(
                String.join(",", List.of(columns).subList(0, 5)).length() + 1);
        // program,tag,message: program and tag may hold commas, and the tag begins with the program
        for (int end = rest.indexOf(','); end >= 0; end = rest.indexOf(',', end + 1)) {
            String program = rest.substring(0, end);
            String tail = rest.substring(end + 1);
            if (tail.startsWith(program)) {
                int tagEnd = tail.indexOf(',', program.length());
                if (tagEnd >= 0) {
                    head.add(program);
                    head.add(tail.substring(tagEnd + 1).strip());
                    break;
                }
            }
        }
        return String.join(",", head);
    }
}
