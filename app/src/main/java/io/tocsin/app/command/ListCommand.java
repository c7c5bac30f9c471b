package io.tocsin.app.command;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin list`: the active lists, context tables, dictionaries and tables of a running instance.
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description =
                "Shows the active lists, context tables, dictionaries and tables of a running instance, and changes,"
                        + " imports and exports the records of the first two.",
        subcommands = {
            ListCommand.Show.class,
            ListCommand.Set.class,
            ListCommand.Delete.class,
            ListCommand.Clear.class,
            ListCommand.Import.class,
            ListCommand.Export.class
        })
final class ListCommand implements Callable<Integer> {
    @Mixin
    private final Instance instance = new Instance();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        PrintWriter out = output.writer();
        JsonNode overview = instance.get("api/v1/tables");
        for (JsonNode each : overview.path("correlators")) {
            if (!each.path("reachable").asBoolean(true)) {
                output.errorWriter().println("tocsin: " + each.path("reason").asString(""));
            }
        }
        JsonNode tables = overview.path("items");
        switch (output.format()) {
            case json -> out.println(tables.toString());
            case ndjson -> tables.forEach(each -> out.println(each.toString()));
            case table -> {
                TextTable table = new TextTable(List.of(
                        "NAME",
                        "CORRELATOR",
                        "KIND",
                        "RECORDS",
                        "MOST",
                        "TIME TO LIVE",
                        "MEMORY",
                        "EVICTED",
                        "REFUSED"));
                for (JsonNode each : tables) {
                    boolean isFixed = each.path("maximumRecords").asInt(0) == 0;
                    long ttl = each.path("ttlMillis").asLong(0);
                    table.row(List.of(
                            each.path("name").asString(""),
                            each.path("scope").asString("").equals("shared")
                                    ? "shared at " + each.path("correlator").asString("")
                                    : each.path("correlator").asString(""),
                            each.path("kind").asString(""),
                            Long.toString(each.path("records").asLong(0)),
                            isFixed
                                    ? "-"
                                    : Long.toString(each.path("maximumRecords").asLong(0)),
                            isFixed ? "-" : ttl == 0 ? "for ever" : lifetime(Duration.ofMillis(ttl)),
                            isFixed ? "-" : (each.path("bytes").asLong(0) >> 10) + " KB",
                            Long.toString(each.path("evicted").asLong(0)),
                            Long.toString(each.path("refused").asLong(0))));
                }
                table.print(out);
            }
        }
        return ExitCode.OK;
    }

    private static String lifetime(Duration time) {
        return time.toDaysPart() > 0 && time.toHoursPart() == 0 && time.toMinutesPart() == 0
                ? time.toDays() + " d"
                : time.toMillis() % 3_600_000 == 0
                        ? time.toHours() + " h"
                        : time.toMillis() % 60_000 == 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }

    /// Which correlator is meant.
    static final class Correlator {
        @Option(
                names = "--correlator",
                paramLabel = "NAME",
                description = "Which correlator's, when several have a list of this name: 'local', or host:port.")
        private String name = "";

        /// The address of something of a list.
        ///
        /// @param rest what stands behind its name; may name parameters
        private String path(String list, String rest) {
            String query = name.isEmpty() ? "" : (rest.indexOf('?') < 0 ? "?" : "&") + "correlator=" + encoded(name);
            return "api/v1/tables/" + encoded(list) + rest + query;
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// What commands about one list have in common.
    abstract static class OfOneList implements Callable<Integer> {
        @Mixin
        final Correlator correlator = new Correlator();

        @Mixin
        final Instance instance = new Instance();

        @Mixin
        final Output output = new Output();

        final void tell(JsonNode answer) {
            if (!answer.path("applied").asBoolean(true)) {
                output.errorWriter()
                        .println("tocsin: durable; rules will see it as soon as the correlator has come so far");
            }
        }
    }

    /// `show`.
    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows records in the order of their keys.")
    static final class Show extends OfOneList {
        private static final int PAGE = 1_000;

        @Parameters(index = "0", paramLabel = "NAME", description = "The list or table.")
        private String name = "";

        @Parameters(index = "1..*", paramLabel = "KEY", description = "Only the record with this key, part by part.")
        private List<String> key = List.of();

        @Option(names = "--prefix", description = "What the key begins with, its parts with commas between them.")
        private String prefix = "";

        @Option(names = "--search", paramLabel = "TEXT", description = "What stands in the key or a value.")
        private String text = "";

        @Option(names = "--limit", description = "Most records (default: ${DEFAULT-VALUE}).", defaultValue = "1000")
        private int limit = PAGE;

        @Override
        public Integer call() {
            ArrayNode found = Instance.JSON.createArrayNode();
            String next = "";
            while (next != null && found.size() < limit) {
                StringBuilder query = new StringBuilder("/entries?limit=" + Math.min(PAGE, limit - found.size())
                        + "&prefix=" + encoded(prefix) + "&q=" + encoded(text));
                key.forEach(part -> query.append("&key=").append(encoded(part)));
                JsonNode page = instance.get(correlator.path(name, query + (next.isEmpty() ? "" : "&cursor=" + next)));
                page.path("items").forEach(found::add);
                next = page.path("next").isString() ? page.path("next").asString() : null;
            }
            print(found, output);
            if (next != null) {
                output.errorWriter()
                        .println("tocsin: more records match than the limit of " + limit
                                + "; raise --limit to see them");
            }
            return key.isEmpty() || !found.isEmpty() ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private static void print(ArrayNode found, Output output) {
            PrintWriter out = output.writer();
            switch (output.format()) {
                case json -> out.println(found.toString());
                case ndjson -> found.forEach(each -> out.println(each.toString()));
                case table -> {
                    TextTable table = new TextTable(List.of("KEY", "VALUES", "WRITES", "UPDATED", "EXPIRES"));
                    for (JsonNode each : found) {
                        List<String> key = new ArrayList<>();
                        each.path("key").forEach(part -> key.add(part.asString("")));
                        List<String> values = new ArrayList<>();
                        for (Map.Entry<String, JsonNode> field :
                                each.path("values").properties()) {
                            List<String> items = new ArrayList<>();
                            field.getValue().forEach(item -> items.add(item.asString("")));
                            values.add(field.getKey() + "=" + String.join("|", items));
                        }
                        table.row(List.of(
                                String.join(",", key),
                                String.join(" ", values),
                                each.path("updatedAt").isNumber()
                                        ? Long.toString(each.path("updates").asLong(0) + 1)
                                        : "-",
                                time(each.path("updatedAt")),
                                time(each.path("expiresAt"))));
                    }
                    table.print(out);
                }
            }
        }

        private static String time(JsonNode millis) {
            return millis.isNumber() ? Instant.ofEpochMilli(millis.asLong()).toString() : "-";
        }
    }

    /// `set`.
    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = "Writes a record: it has the values that are given then and no others.")
    static final class Set extends OfOneList {
        @Parameters(index = "0", paramLabel = "NAME", description = "The active list or context table.")
        private String name = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY", description = "The key, part by part.")
        private List<String> key = List.of();

        @Option(
                names = "--value",
                paramLabel = "FIELD=VALUE",
                description = "A value of a field; several for one field make a list.")
        private List<String> values = List.of();

        @Override
        public Integer call() {
            Map<String, List<String>> fields = new LinkedHashMap<>();
            for (String value : values) {
                int equals = value.indexOf('=');
                if (equals < 1) {
                    throw CommandException.usage("a value is written FIELD=VALUE [--value=" + value + "]");
                }
                fields.computeIfAbsent(value.substring(0, equals), _ -> new ArrayList<>())
                        .add(value.substring(equals + 1));
            }
            ObjectNode body = Instance.JSON.createObjectNode();
            ArrayNode parts = body.putArray("key");
            key.forEach(parts::add);
            ObjectNode written = body.putObject("values");
            fields.forEach((field, items) -> {
                ArrayNode list = written.putArray(field);
                items.forEach(list::add);
            });
            tell(instance.put(correlator.path(name, "/entries"), body));
            return ExitCode.OK;
        }
    }

    /// `delete`.
    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Removes a record.")
    static final class Delete extends OfOneList {
        @Parameters(index = "0", paramLabel = "NAME", description = "The active list or context table.")
        private String name = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY", description = "The key, part by part.")
        private List<String> key = List.of();

        @Override
        public Integer call() {
            ObjectNode body = Instance.JSON.createObjectNode();
            ArrayNode parts = body.putArray("key");
            key.forEach(parts::add);
            tell(instance.post(correlator.path(name, "/entries/delete"), body));
            return ExitCode.OK;
        }
    }

    /// `clear`.
    @Command(name = "clear", mixinStandardHelpOptions = true, description = "Removes all records.")
    static final class Clear extends OfOneList {
        @Parameters(paramLabel = "NAME", description = "The active list or context table.")
        private String name = "";

        @Option(names = "--yes", required = true, description = "Says that all records are meant to go.")
        private boolean sure;

        @Override
        public Integer call() {
            if (!sure) {
                throw CommandException.usage("say --yes: all records go");
            }
            tell(instance.delete(correlator.path(name, "/entries")));
            return ExitCode.OK;
        }
    }

    /// `import`.
    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description =
                    "Reads a file into a list or table: all rows, or none when one has a mistake. Exit code 1 when rows"
                            + " were left out.")
    static final class Import extends OfOneList {
        @Parameters(index = "0", paramLabel = "NAME", description = "The active list or context table.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "The file, '-' for standard input.")
        private Path file = Path.of("-");

        @Option(
                names = "--format",
                description = "csv, tsv or jsonl; by default what the end of the file's name says, else csv.")
        private @Nullable String format;

        @Option(
                names = "--separator",
                description = "What stands between the cells of csv (default: ${DEFAULT-VALUE}).",
                defaultValue = ",")
        private String separator = ",";

        @Option(
                names = "--key",
                paramLabel = "COLUMN",
                description = "Columns that make the key of an active list (default: key, or key.1, key.2, …).")
        private List<String> key = List.of();

        @Option(names = "--replace", description = "Records that the file does not name go.")
        private boolean replace;

        @Option(names = "--skip-bad", description = "Leaves rows with mistakes out instead of refusing the file.")
        private boolean skipBad;

        @Override
        public Integer call() {
            String how = format != null ? format : formatOf(file);
            StringBuilder query = new StringBuilder("/import?format=" + encoded(how) + "&separator="
                    + encoded(separator) + "&replace=" + replace + "&skipBad=" + skipBad);
            key.forEach(column -> query.append("&key=").append(encoded(column)));
            JsonNode report = instance.upload(
                    correlator.path(name, query.toString()),
                    how.equals("jsonl") ? "application/x-ndjson" : "text/csv",
                    body(file));
            long refused = report.path("refused").asLong(0);
            switch (output.format()) {
                case json, ndjson -> output.writer().println(report.toString());
                case table -> {
                    output.writer().println(report.path("rows").asLong(0) + " rows imported, " + refused + " left out");
                    for (JsonNode error : report.path("errors")) {
                        output.errorWriter()
                                .println("tocsin: line " + error.path("line").asLong(0) + ": "
                                        + error.path("reason").asString(""));
                    }
                }
            }
            tell(report);
            return refused == 0 ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private static String formatOf(Path file) {
            String name = file.toString().toLowerCase(Locale.ROOT);
            return name.endsWith(".jsonl") || name.endsWith(".ndjson")
                    ? "jsonl"
                    : name.endsWith(".tsv") ? "tsv" : "csv";
        }

        private static HttpRequest.BodyPublisher body(Path file) {
            if (file.toString().equals("-")) {
                return HttpRequest.BodyPublishers.ofInputStream(() -> System.in);
            }
            try {
                return HttpRequest.BodyPublishers.ofFile(file);
            } catch (FileNotFoundException e) {
                throw CommandException.cannotStart("cannot read the file [file=" + file + "]");
            }
        }
    }

    /// `export`.
    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Writes all records, as an import takes them.")
    static final class Export extends OfOneList {
        @Parameters(paramLabel = "NAME", description = "The list or table.")
        private String name = "";

        @Option(
                names = "--format",
                description = "csv, tsv or jsonl (default: ${DEFAULT-VALUE}).",
                defaultValue = "csv")
        private String format = "csv";

        @Option(names = "--to", paramLabel = "FILE", description = "Where to; standard output when left out.")
        private @Nullable Path to;

        @Override
        public Integer call() {
            try (InputStream records = instance.getStream(correlator.path(name, "/export?format=" + encoded(format)))) {
                if (to == null) {
                    output.writer().print(new String(records.readAllBytes(), StandardCharsets.UTF_8));
                    output.writer().flush();
                } else {
                    try (OutputStream out = Files.newOutputStream(to)) {
                        records.transferTo(out);
                    }
                }
                return ExitCode.OK;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
