package io.tocsin.app.command;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin sources`: how well the texts of each source are understood.
@Command(
        name = "sources",
        mixinStandardHelpOptions = true,
        description =
                "Shows how well the texts of each source are understood: which share was parsed without errors, by which"
                        + " normalizers, and with --source which fields are filled, what could not be read and the last"
                        + " failures with their text. Figures begin with the start of the collectors.",
        footer = {
            "",
            "A collector that runs alone answers too: --url http://HOST:8446 --token \"$(cat DATA/installation.secret)\"."
        })
final class SourcesCommand implements Callable<Integer> {
    private static final int BAR_CELLS = 20;
    private static final long MILLIS_PER_SECOND = 1000;

    @Mixin
    private final Instance instance = new Instance();

    @Option(names = "--collector", description = "Only sources of this collector.")
    private @Nullable String collector;

    @Option(
            names = "--source",
            description = "Details of this source: its address, path, or identifier as --output json shows it.")
    private @Nullable String source;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        PrintWriter out = output.writer();
        ArrayNode found = Instance.JSON.createArrayNode();
        List<String> notes = new ArrayList<>();
        boolean known = collector == null;
        for (JsonNode each : instance.get("api/v1/collectors").path("items")) {
            String name = each.path("name").asString("");
            if (collector == null || collector.equals(name)) {
                known = true;
                sources(name, found, notes);
            }
        }
        if (!known) {
            throw CommandException.rejected("there is no such collector [collector=" + collector + "]");
        }
        if (source != null && found.isEmpty()) {
            throw CommandException.rejected("no collector has seen this source since it was started [source=" + source
                    + "]: 'tocsin sources' lists those that are known");
        }
        switch (output.format()) {
            case json -> out.println(found.toString());
            case ndjson -> found.forEach(each -> out.println(each.toString()));
            case table -> {
                if (source == null) {
                    printList(found, out);
                } else {
                    found.forEach(each -> printDetail(each, out));
                }
                notes.forEach(out::println);
            }
        }
        return ExitCode.OK;
    }

    private void sources(String name, ArrayNode found, List<String> notes) {
        String path = "api/v1/collectors/" + encoded(name) + "/sources";
        JsonNode list = instance.get(path);
        for (JsonNode each : list.path("items")) {
            String id = each.path("id").asString("");
            if (source == null) {
                ObjectNode entry = Instance.JSON.createObjectNode().put("collector", name);
                entry.setAll((ObjectNode) each);
                found.add(entry);
            } else if (source.equals(id) || source.equals(each.path("source").asString(""))) {
                found.add(instance.get(path + "/" + encoded(id)));
            }
        }
        long forgotten = list.path("forgottenSources").asLong(0);
        if (forgotten > 0) {
            notes.add(name + ": " + forgotten + " sources that had been quiet the longest were forgotten, with "
                    + list.path("forgottenEvents").asLong(0) + " events");
        }
    }

    private static void printList(JsonNode sources, PrintWriter out) {
        TextTable table = new TextTable(List.of(
                "COLLECTOR",
                "SOURCE",
                "SUCCESS",
                "5 MIN",
                "EVENTS",
                "PARTIAL",
                "FAILED",
                "MISSING",
                "EVENTS/S",
                "LAST SEEN",
                "NORMALIZERS",
                "NO LONGER FILLED"));
        for (JsonNode each : sources) {
            JsonNode recent = each.path("recentSuccessPercent");
            table.row(List.of(
                    each.path("collector").asString(""),
                    each.path("source").asString(""),
                    percent(each.path("successPercent").asDouble(100)),
                    recent.isNumber() ? percent(recent.asDouble()) : "-",
                    Long.toString(each.path("events").asLong(0)),
                    Long.toString(each.path("partial").asLong(0)),
                    Long.toString(each.path("failed").asLong(0)),
                    Long.toString(each.path("missing").asLong(0)),
                    rate(each.path("eventsPerSecond").asDouble(0)),
                    ago(each.path("lastSeen").asLong(0)),
                    normalizers(each),
                    fadedFields(each)));
        }
        table.print(out);
    }

    private static void printDetail(JsonNode detail, PrintWriter out) {
        JsonNode summary = detail.path("summary");
        out.println(summary.path("source").asString("") + " at collector "
                + detail.path("collector").asString(""));
        out.println("success " + percent(summary.path("successPercent").asDouble(100)) + " of "
                + summary.path("events").asLong(0) + " events: "
                + summary.path("parsed").asLong(0) + " parsed, "
                + summary.path("partial").asLong(0) + " partial, "
                + summary.path("failed").asLong(0) + " failed; last seen "
                + ago(summary.path("lastSeen").asLong(0)));
        out.println("normalizers " + normalizers(summary));
        long missing = summary.path("missing").asLong(0);
        if (missing > 0) {
            out.println("missing " + missing + " messages, by the numbers that the sender gives them");
        }
        out.println();
        TextTable fields = new TextTable(List.of("FIELD", "FILLED", "RECENTLY", "", ""));
        for (JsonNode field : detail.path("fields")) {
            double filled = field.path("percent").asDouble(0);
            fields.row(List.of(
                    field.path("field").asString(""),
                    percent(filled),
                    percent(field.path("recentPercent").asDouble(0)),
                    "#".repeat((int) Math.ceil(filled * BAR_CELLS / 100)),
                    field.path("faded").asBoolean(false) ? "no longer filled" : ""));
        }
        fields.print(out);
        out.println("(of " + summary.path("sampledEvents").asLong(0) + " events that were looked at)");
        if (!detail.path("errors").isEmpty()) {
            out.println();
            TextTable errors = new TextTable(List.of("ERROR", "FIELD", "COUNT", "LAST"));
            for (JsonNode error : detail.path("errors")) {
                errors.row(List.of(
                        error.path("reason").asString(""),
                        error.path("field").asString(""),
                        Long.toString(error.path("count").asLong(0)),
                        ago(error.path("lastTime").asLong(0))));
            }
            errors.print(out);
        }
        for (JsonNode failure : detail.path("failures")) {
            out.println();
            out.println(Instant.ofEpochMilli(failure.path("time").asLong(0)) + "  "
                    + failure.path("field").asString("") + ": "
                    + failure.path("reason").asString("") + more(failure));
            failure.path("sample").asString("").lines().forEach(line -> out.println("  " + line));
        }
        out.println();
    }

    private static String more(JsonNode failure) {
        int errors = failure.path("errors").asInt(1);
        return (errors > 1 ? ", and " + (errors - 1) + " more" : "") + " ["
                + failure.path("bytes").asInt(0) + " bytes]";
    }

    private static String normalizers(JsonNode source) {
        List<String> names = new ArrayList<>();
        JsonNode ways = source.path("normalizers");
        long all = 0;
        for (JsonNode way : ways) {
            all += way.path("events").asLong(0);
        }
        for (JsonNode way : ways) {
            names.add(way.path("name").asString("")
                    + (ways.size() == 1
                            ? ""
                            : " " + percent(100.0 * way.path("events").asLong(0) / Math.max(1, all))));
        }
        return String.join(", ", names);
    }

    private static String fadedFields(JsonNode source) {
        List<String> fields = new ArrayList<>();
        source.path("fadedFields").forEach(field -> fields.add(field.asString("")));
        return String.join(", ", fields);
    }

    /// Never says 100 % of what is not whole, nor 0 % of what is something.
    private static String percent(double value) {
        if (value == 100 || value == 0) {
            return (int) value + " %";
        }
        double shown = Math.clamp(value, 0.01, 99.99);
        return String.format(Locale.ROOT, shown >= 99.9 || shown < 0.1 ? "%.2f %%" : "%.1f %%", shown);
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond >= 10 ? "%.0f" : "%.1f", perSecond);
    }

    private static String ago(long millis) {
        long seconds = Math.max(0, (InstantSource.system().millis() - millis) / MILLIS_PER_SECOND);
        if (seconds < 120) {
            return seconds + " s ago";
        }
        if (seconds < 7200) {
            return seconds / 60 + " min ago";
        }
        return seconds < 172_800 ? seconds / 3600 + " h ago" : seconds / 86_400 + " d ago";
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
