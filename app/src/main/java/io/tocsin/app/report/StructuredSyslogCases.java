package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Syslog of RFC 5424 as it was on the wire, with what another parser made of it as lines of tags and fields. Strict
/// cases in which the other parser gives nothing are passed over: an event with what could be read is kept here.
final class StructuredSyslogCases implements DataSet {
    private static final Map<String, String> FIELDS = Map.of(
            "facility", "DeviceFacility",
            "severity", "Severity",
            "hostname", "DeviceHostName",
            "appname", "DeviceProcessName",
            "procid", "DeviceProcessID",
            "message", "Message");

    @Override
    public String name() {
        return "syslog-5424";
    }

    @Override
    public String folder() {
        return "syslog/telegraf";
    }

    @Override
    public String passes() {
        return "all header fields, the message and every structured value are there";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        List<Path> outputs = DataFiles.below(folder).stream()
                .filter(file -> file.endsWith("expected.out"))
                .toList();
        for (Path output : outputs) {
            Path one = output.resolveSibling("input.txt");
            boolean datagram =
                    Files.readString(output.resolveSibling("telegraf.conf")).contains("udp://");
            byte[] input = Files.readAllBytes(one);
            List<byte[]> messages = datagram ? List.of(input) : messages(input);
            List<String> lines = DataFiles.lines(output).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
            Normalization.Stream syslog = normalization.stream("syslog");
            for (int i = 0; i < lines.size(); i++) {
                List<String> missing = new ArrayList<>();
                List<JsonNode> events = i < messages.size() ? syslog.events("", messages.get(i)) : List.of();
                if (events.isEmpty()) {
                    missing.add("no event");
                } else {
                    compare(new EventValues(events.getFirst()), parts(lines.get(i)), missing);
                }
                tally.add(folder.relativize(one).getName(0).toString(), missing);
            }
        }
    }

    private static void compare(EventValues values, Map<String, String> expected, List<String> missing) {
        expected.forEach((key, value) -> {
            String field = FIELDS.get(key);
            boolean there;
            if (field != null) {
                // A process identifier that is no number is kept under its own name.
                there = values.text(field).strip().equals(value.strip()) || (key.equals("procid") && values.has(value));
            } else if (key.equals("timestamp")) {
                there = values.text("DeviceReceiptTime").equals(value.substring(0, value.length() - 6));
            } else {
                // Codes and version are in the names of facility and severity; a structured element without
                // parameters has no value.
                there = key.endsWith("_code")
                        || key.equals("source")
                        || key.equals("version")
                        || value.equals("true")
                        || values.has(value);
            }
            if (!there) {
                missing.add(key + "=" + value);
            }
        });
    }

    /// Splits what was on the wire: octet counts before `<`, otherwise lines.
    private static List<byte[]> messages(byte[] input) {
        List<byte[]> messages = new ArrayList<>();
        int at = 0;
        while (at < input.length) {
            int digits = at;
            int count = 0;
            while (digits < input.length && digits - at < 8 && input[digits] >= '0' && input[digits] <= '9') {
                count = count * 10 + input[digits] - '0';
                digits++;
            }
            int end;
            if (digits > at && digits + 1 < input.length && input[digits] == ' ' && input[digits + 1] == '<') {
                at = digits + 1;
                end = Math.min(input.length, at + count);
            } else {
                end = at;
                while (end < input.length && input[end] != '\n') {
                    end++;
                }
            }
            if (end > at) {
                messages.add(Arrays.copyOfRange(input, at, end));
            }
            at = end < input.length && input[end] == '\n' ? end + 1 : end;
        }
        return messages;
    }

    /// Tags and fields of a line `measurement,tag=value,… field=value,… time`.
    private static Map<String, String> parts(String line) {
        Map<String, String> parts = new LinkedHashMap<>();
        int at = line.indexOf(',') + 1;
        while (at > 0 && at < line.length()) {
            int equal = line.indexOf('=', at);
            if (equal < 0) {
                break;
            }
            StringBuilder value = new StringBuilder();
            int end = equal + 1;
            boolean quoted = end < line.length() && line.charAt(end) == '"';
            end += quoted ? 1 : 0;
            for (; end < line.length(); end++) {
                char c = line.charAt(end);
                if (c == '\\' && end + 1 < line.length() && escaped(line.charAt(end + 1), quoted)) {
                    value.append(unescaped(line.charAt(++end)));
                } else if (quoted ? c == '"' : c == ',' || c == ' ') {
                    break;
                } else {
                    value.append(c);
                }
            }
            String text = value.toString();
            boolean number = !quoted && text.matches("-?[0-9]+[iu]");
            parts.put(line.substring(at, equal), number ? text.substring(0, text.length() - 1) : text);
            at = end + (quoted ? 2 : 1);
        }
        return parts;
    }

    private static boolean escaped(char c, boolean quoted) {
        return quoted ? c == '"' || c == '\\' || c == 'n' : c == ',' || c == ' ' || c == '=' || c == '\\';
    }

    private static char unescaped(char c) {
        return c == 'n' ? '\n' : c;
    }
}
