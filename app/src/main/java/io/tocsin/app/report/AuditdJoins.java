package io.tocsin.app.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Audit logs with the events that `ausearch` of the audit project joins of them, once in the order of
/// the log and once shuffled within a second and a half. A case passes when the event of a serial
/// number has the same records, its main record is one that `ausearch` names, and it is the only one of
/// its number.
final class AuditdJoins implements DataSet {
    private static final Pattern HEAD = Pattern.compile("(?:node=\\S+ )?type=(\\S+) msg=audit\\(.*?:(\\d+)\\)");
    private static final Pattern TIME = Pattern.compile("audit\\((\\d+\\.\\d+):");
    private static final double MIXED_SECONDS = 1.5;
    private static final long SEED = 3;

    @Override
    public String name() {
        return "auditd-ausearch";
    }

    @Override
    public String folder() {
        return "auditd/ausearch-reference";
    }

    @Override
    public String passes() {
        return "an event has the records that ausearch joins, in order and out of order";
    }

    @Override
    public double barPercent() {
        return 100;
    }

    @Override
    public void run(Path folder, Normalization normalization, Tally tally) throws IOException {
        AuditdEvents auditd = new AuditdEvents(normalization);
        Random random = new Random(SEED);
        String end = ".ausearch.csv";
        for (Path table : DataFiles.below(folder)) {
            String file = String.valueOf(table.getFileName());
            if (!file.endsWith(end)) {
                continue;
            }
            String name = file.substring(0, file.length() - end.length());
            Map<String, List<String>> reference =
                    types(DataFiles.lines(folder.resolve(name + ".ausearch.interpreted.txt")));
            List<String> lines = DataFiles.lines(folder.resolveSibling(name.replace("__", "/"))).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
            List<String> rows = DataFiles.lines(table);
            compare(name, rows, reference, joined(auditd, lines), tally);
            compare(name + " out of order", rows, reference, joined(auditd, shuffled(lines, random)), tally);
        }
    }

    private static void compare(
            String name,
            List<String> rows,
            Map<String, List<String>> reference,
            Map<String, List<List<String>>> joined,
            Tally tally) {
        for (String row : rows.subList(1, rows.size())) {
            String[] cells = row.split(",", -1);
            String serial = cells[4];
            // A comment in a log is an event of its own to ausearch, without a number.
            List<String> records = reference.getOrDefault(serial, List.of());
            List<List<String>> wanted = serial.equals("0") && records.isEmpty() ? List.of() : List.of(records);
            List<List<String>> found = joined.getOrDefault(serial, List.of());
            boolean main = found.stream().allMatch(types -> types.contains(cells[1]));
            tally.add(
                    name + " " + serial,
                    found.equals(wanted) && main ? List.of() : List.of("records " + found + " in place of " + wanted));
        }
    }

    /// Sorted types of records of each event of a serial number, as the normalized events have them.
    private static Map<String, List<List<String>>> joined(AuditdEvents auditd, List<String> lines) {
        Map<String, List<List<String>>> joined = new HashMap<>();
        for (JsonNode event : auditd.events(lines)) {
            List<String> types = new ArrayList<>(
                    List.of(event.path("Extra").path("types").asString().split(",")));
            types.remove("EOE");
            Collections.sort(types);
            joined.computeIfAbsent(event.path("ExternalID").asString(), _ -> new ArrayList<>())
                    .add(types);
        }
        return joined;
    }

    private static Map<String, List<String>> types(List<String> lines) {
        Map<String, List<String>> types = new HashMap<>();
        for (String line : lines) {
            Matcher matcher = HEAD.matcher(line);
            if (matcher.find() && !matcher.group(1).equals("EOE")) {
                types.computeIfAbsent(matcher.group(2), _ -> new ArrayList<>()).add(matcher.group(1));
            }
        }
        types.values().forEach(Collections::sort);
        return types;
    }

    /// The lines in another order, as a transport may bring them that keeps none; the end of an event
    /// stays its end.
    private static List<String> shuffled(List<String> lines, Random random) {
        List<String> result = new ArrayList<>();
        int from = 0;
        while (from < lines.size()) {
            int to = from + 1;
            while (to < lines.size() && Math.abs(seconds(lines.get(to)) - seconds(lines.get(from))) < MIXED_SECONDS) {
                to++;
            }
            List<String> some = new ArrayList<>(lines.subList(from, to));
            Collections.shuffle(some, random);
            some.sort(Comparator.comparingInt(
                    line -> line.contains("type=EOE") ? 2 : line.contains("type=PROCTITLE") ? 1 : 0));
            result.addAll(some);
            from = to;
        }
        return result;
    }

    private static double seconds(String line) {
        Matcher matcher = TIME.matcher(line);
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
    }
}
