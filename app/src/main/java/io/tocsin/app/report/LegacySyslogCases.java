package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Syslog lines of RFC 3164 and worse, with the properties that another syslog server found, as columns of text.
/// Groups whose output is SQL or a copy of the input are about that server's output and are passed over.
final class LegacySyslogCases implements DataSet {
    private static final List<String> FACILITIES = List.of(
            "kern",
            "user",
            "mail",
            "daemon",
            "auth",
            "syslog",
            "lpr",
            "news",
            "uucp",
            "cron",
            "authpriv",
            "ftp",
            "ntp",
            "audit",
            "alert",
            "clock",
            "local0",
            "local1",
            "local2",
            "local3",
            "local4",
            "local5",
            "local6",
            "local7");
    private static final List<String> SEVERITIES =
            List.of("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug");
    private static final String WITH_OFFSET = "(?s)<[0-9]+>1 [0-9T:.-]+[+-][0-9]{2}:[0-9]{2} .*";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MMM d HH:mm:ss", Locale.ENGLISH);

    @Override
    public String name() {
        return "syslog-3164";
    }

    @Override
    public String folder() {
        return "syslog";
    }

    @Override
    public String passes() {
        return "priority, time, host, program and message are those that another syslog server finds";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        for (JsonNode group : DataFiles.json(folder.resolve("rsyslog-parser-vectors.json"))) {
            String template = group.path("template").asString();
            if (!template.startsWith("%PRI%") && !template.startsWith("?%hostname%")) {
                continue;
            }
            String separator = template.startsWith("?") ? "?" : ",";
            List<String> columns = columns(template.replace("\\n", ""), separator, Integer.MAX_VALUE);
            for (int i = 0; i < group.path("inputs").size(); i++) {
                String input = group.path("inputs").path(i).asString();
                List<String> expected =
                        columns(group.path("expected_lines").path(i).asString(), separator, columns.size());
                List<String> missing = new ArrayList<>();
                // The other server was told in this group to take for a tag only what ends with a colon.
                String settings = separator.equals("?") ? "syslog" : Normalization.BY_THE_BOOK;
                List<JsonNode> events = normalization.stream(settings).events("", input);
                EventValues values = new EventValues(events.getFirst());
                int from = missingProgram(columns, expected);
                for (int column = 0; column < Math.min(columns.size(), expected.size()); column++) {
                    // A comma inside the program makes the columns behind it unreadable.
                    boolean local = columns.get(column).equals("%timestamp%") && input.matches(WITH_OFFSET);
                    // The other server prints the time of a zone as it is written; here it is in UTC.
                    if (column < from && !local && !same(values, columns.get(column), expected.get(column))) {
                        missing.add(columns.get(column) + "=" + expected.get(column));
                    }
                }
                tally.add(input.length() > 60 ? input.substring(0, 60) : input, missing);
            }
        }
    }

    private static int missingProgram(List<String> columns, List<String> expected) {
        int program = columns.indexOf("%programname%");
        return program >= 0 && expected.get(program).contains("\"") ? program : columns.size();
    }

    private static List<String> columns(String line, String separator, int limit) {
        List<String> columns = new ArrayList<>();
        int at = 0;
        while (columns.size() + 1 < limit) {
            int end = line.indexOf(separator, at);
            if (end < 0) {
                break;
            }
            columns.add(line.substring(at, end));
            at = end + 1;
        }
        columns.add(line.substring(at));
        return columns;
    }

    private static boolean same(EventValues values, String column, String expected) {
        return switch (column) {
            case "%PRI%" -> priority(values).equals(expected);
            case "%syslogfacility-text%" -> facility(values).equals(expected);
            case "%syslogseverity-text%" -> SEVERITIES.get(severity(values)).equals(expected);
            case "%timestamp%" -> {
                String millis = values.text("DeviceReceiptTime");
                yield !millis.isEmpty()
                        && TIME.format(Instant.ofEpochMilli(Long.parseLong(millis))
                                        .atOffset(ZoneOffset.UTC))
                                .equals(expected.replaceAll(" +", " "));
            }
            case "%hostname%" ->
                (expected.equals("$RS_HOSTNAME") ? "" : expected).equals(values.text("DeviceHostName"));
            case "%programname%" -> program(values).equals(expected);
            case "%syslogtag%" -> {
                String process = values.text("DeviceProcessID");
                String whole = values.text("tag");
                String tag =
                        !whole.isEmpty() ? whole : program(values) + (process.isEmpty() ? "" : "[" + process + "]");
                String wanted = expected.endsWith(":") ? expected.substring(0, expected.length() - 1) : expected;
                yield tag.equals(wanted.equals("-") ? "" : wanted);
            }
            // The list of cases writes line ends as \\n.
            case "%msg%" ->
                values.text("Message")
                        .strip()
                        .equals(expected.replace("\\n", "\n").strip());
            default -> true;
        };
    }

    private static String program(EventValues values) {
        String name = values.text("DeviceProcessName");
        // Cisco writes its message identifier where others write a program.
        return name.isEmpty() && !values.text("DeviceEventClassID").isEmpty()
                ? "%" + values.text("DeviceEventClassID").replace("%", "")
                : name;
    }

    /// RFC 3164, section 4.3.3: a line without priority is that of a user, a notice.
    private static String facility(EventValues values) {
        String name = values.text("DeviceFacility");
        return name.isEmpty() ? "user" : name;
    }

    private static int severity(EventValues values) {
        String name = values.text("Severity");
        return switch (name) {
            case "" -> 5;
            case "error" -> 3;
            case "warn" -> 4;
            case "critical" -> 2;
            case "emergency" -> 0;
            case "informational" -> 6;
            default -> Math.max(0, SEVERITIES.indexOf(name));
        };
    }

    private static String priority(EventValues values) {
        return Integer.toString(FACILITIES.indexOf(facility(values)) * 8 + severity(values));
    }
}
