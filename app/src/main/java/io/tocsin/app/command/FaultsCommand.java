package io.tocsin.app.command;

import io.tocsin.app.fault.FaultQueries;
import io.tocsin.app.fault.FaultRow;
import io.tocsin.app.fault.FaultRunner;
import io.tocsin.app.fault.FaultScenario;
import io.tocsin.app.fault.FaultScenarios;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin bench faults`: breaks a running installation on purpose. Findings when anything acknowledged was lost or
/// stored twice, or when it took longer than its bound to recover.
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        description =
                "Breaks a collector, its wires and the centre on purpose while numbered, acknowledged events come in (RELP),"
                        + " and counts what is stored. Exit code 1 when anything acknowledged was lost or stored twice,"
                        + " the ledger does not balance, or recovery took longer than its bound.")
final class FaultsCommand implements Callable<Integer> {
    private static final long LATEST_MILLIS = 4_000_000_000_000L;

    @Option(names = "--only", paramLabel = "NAME", description = "Runs this scenario only; may be repeated.")
    private List<String> only = List.of();

    @Option(names = "--quick", description = "Runs the few that take about a minute together.")
    private boolean quick;

    @Option(names = "--list", description = "Shows the scenarios and runs none.")
    private boolean list;

    @Option(
            names = "--kafka",
            paramLabel = "FOLDER",
            description =
                    "An unpacked distribution of Kafka, or a folder with its jars: broker-loss and broker-frozen need it.")
    private @Nullable Path kafka;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        PrintWriter out = output.writer();
        if (list) {
            TextTable table = new TextTable(List.of("SCENARIO", "BOUND", "WHAT BREAKS"));
            FaultScenarios.all(kafka)
                    .forEach(each -> table.row(List.of(each.name(), each.bound().toSeconds() + " s", each.what())));
            table.print(out);
            return ExitCode.OK;
        }
        List<FaultScenario> scenarios = chosen();
        List<FaultRow> rows = new ArrayList<>();
        try {
            Path folder = Files.createTempDirectory("tocsin-faults");
            try {
                new FaultRunner(folder, new Questions()).run(scenarios, row -> {
                    rows.add(row);
                    if (output.format() == OutputFormat.ndjson) {
                        out.println(json(row));
                        out.flush();
                    } else {
                        output.errorWriter().println(row.scenario() + ": " + row.verdict());
                    }
                });
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw CommandException.cannotStart("the faults cannot be made [" + e.getMessage() + "]");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.cannotStart("interrupted");
        }
        switch (output.format()) {
            case table -> print(rows, out);
            case json -> {
                var array = Instance.JSON.createArrayNode();
                rows.forEach(row -> array.add(json(row)));
                out.println(array);
            }
            case ndjson -> {}
        }
        long passed = rows.stream().filter(FaultRow::passed).count();
        long skipped = rows.stream().filter(FaultRow::skipped).count();
        long failed = rows.size() - passed - skipped;
        output.errorWriter().println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
        // What was asked for by name and could not run has shown nothing.
        return failed > 0 || (skipped > 0 && !only.isEmpty()) ? ExitCode.FINDINGS : ExitCode.OK;
    }

    private List<FaultScenario> chosen() {
        List<String> wanted = quick ? FaultScenarios.QUICK : only;
        List<FaultScenario> all = FaultScenarios.all(kafka);
        List<String> known = all.stream().map(FaultScenario::name).toList();
        for (String name : wanted) {
            if (!known.contains(name)) {
                throw CommandException.usage(
                        "no such scenario [--only=" + name + ", known=" + String.join("|", known) + "]");
            }
        }
        return all.stream()
                .filter(each -> wanted.isEmpty() || wanted.contains(each.name()))
                .toList();
    }

    private static final class Questions implements FaultQueries {
        @Override
        public JsonNode rows(Path data, String sql) {
            ObjectNode request = Instance.JSON.createObjectNode();
            request.put("sql", sql);
            request.put("from", 0);
            request.put("to", LATEST_MILLIS);
            request.put("limit", 100_000);
            return Instance.of(data).post("api/v1/events/search", request).path("rows");
        }

        @Override
        public JsonNode get(Path data, String path) {
            return Instance.of(data).get(path);
        }
    }

    private static void print(List<FaultRow> rows, PrintWriter out) {
        TextTable table = new TextTable(List.of(
                "SCENARIO",
                "SENT",
                "ACKNOWLEDGED",
                "STORED",
                "LOST",
                "DESTROYED",
                "TWICE",
                "BALANCE",
                "RECOVERY",
                "BOUND",
                "VERDICT"));
        for (FaultRow row : rows) {
            table.row(List.of(
                    row.scenario(),
                    Long.toString(row.sent()),
                    Long.toString(row.acknowledged()),
                    Long.toString(row.stored()),
                    Long.toString(row.lost()),
                    Long.toString(row.destroyed()),
                    Long.toString(row.twice()),
                    Long.toString(row.balance()),
                    String.format(Locale.ROOT, "%.1f s", row.recovery().toMillis() / 1e3),
                    row.bound().toSeconds() + " s",
                    row.verdict()));
        }
        table.print(out);
    }

    private static ObjectNode json(FaultRow row) {
        ObjectNode json = Instance.JSON.createObjectNode();
        json.put("scenario", row.scenario());
        json.put("sent", row.sent());
        json.put("acknowledged", row.acknowledged());
        json.put("stored", row.stored());
        json.put("lost", row.lost());
        json.put("destroyed", row.destroyed());
        json.put("twice", row.twice());
        json.put("balance", row.balance());
        json.put("recoveryMillis", row.recovery().toMillis());
        json.put("boundMillis", row.bound().toMillis());
        json.put("verdict", row.verdict());
        return json;
    }

    private static void delete(Path folder) throws IOException {
        try (var walk = Files.walk(folder)) {
            for (Path file : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
