package io.tocsin.app.command;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `tocsin ledger`: the balance of events of a running instance. Findings when it is not zero.
@Command(
        name = "ledger",
        mixinStandardHelpOptions = true,
        description =
                "Shows the balance: received = stored + filtered + aggregated + rejected + in flight. Exit code 1 when it is not zero.")
final class LedgerCommand implements Callable<Integer> {
    @Mixin
    private final Instance instance = new Instance();

    @Option(names = "--from", description = "Earliest minute (default: ${DEFAULT-VALUE}).", defaultValue = "now-24h")
    private String from = "now-24h";

    @Option(names = "--to", description = "Latest minute (default: ${DEFAULT-VALUE}).", defaultValue = "now")
    private String to = "now";

    @Option(
            names = "--event",
            paramLabel = "ID",
            description =
                    "Tells where this event is instead: its way with times. Exit code 1 when it is neither stored nor on its way.")
    private @Nullable String event;

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        if (event != null) {
            return where(event);
        }
        InstantSource clock = InstantSource.system();
        PrintWriter out = output.writer();
        JsonNode ledger = instance.get(
                "api/v1/ledger?from=" + TimeOption.parse(from, clock) + "&to=" + TimeOption.parse(to, clock));
        switch (output.format()) {
            case json -> out.println(ledger.toString());
            case ndjson -> ledger.path("entries").forEach(entry -> out.println(entry.toString()));
            case table -> print(ledger, out);
        }
        return ledger.path("balance").asLong(0) == 0 ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private int where(String id) {
        PrintWriter out = output.writer();
        JsonNode trace = instance.get("api/v1/ledger/event/"
                + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20"));
        if (output.format() != OutputFormat.table) {
            out.println(trace.toString());
        } else {
            out.println(
                    trace.path("id").asString("") + ": " + trace.path("status").asString("") + ": "
                            + trace.path("explanation").asString(""));
            TextTable table = new TextTable(List.of("HOP", "WHERE", "TIME", "DONE"));
            for (JsonNode hop : trace.path("hops")) {
                table.row(List.of(
                        hop.path("hop").asString(""),
                        hop.path("where").asString(""),
                        hop.path("time").isNumber()
                                ? Instant.ofEpochMilli(hop.path("time").asLong())
                                        .toString()
                                : "",
                        hop.path("done").asBoolean(false) ? "yes" : "waits"));
            }
            table.print(out);
        }
        String status = trace.path("status").asString("");
        return status.equals("stored") || status.equals("in-flight") ? ExitCode.OK : ExitCode.FINDINGS;
    }

    private static void print(JsonNode ledger, PrintWriter out) {
        TextTable table = new TextTable(List.of(
                "MINUTE",
                "COLLECTOR",
                "SOURCE",
                "RECEIVED",
                "STORED",
                "FILTERED",
                "AGGREGATED",
                "REJECTED",
                "IN FLIGHT",
                "BALANCE"));
        for (JsonNode entry : ledger.path("entries")) {
            table.row(row(
                    Instant.ofEpochMilli(entry.path("minute").asLong()).toString(),
                    entry.path("collector").asString(""),
                    entry.path("source").asString(""),
                    entry));
        }
        table.row(row("TOTAL", "", "", ledger.path("totals")));
        table.print(out);
        out.println();
        long balance = ledger.path("balance").asLong(0);
        out.println(
                balance == 0
                        ? "balance 0: every event is accounted for"
                        : "balance " + balance + ": events are missing or doubled");
    }

    private static List<String> row(String minute, String collector, String source, JsonNode counts) {
        long rejected = 0;
        JsonNode reasons = counts.path("rejected");
        if (reasons.isObject()) {
            for (JsonNode value : reasons) {
                rejected += value.asLong(0);
            }
        } else {
            rejected = reasons.asLong(0);
        }
        return List.of(
                minute,
                collector,
                source,
                Long.toString(counts.path("received").asLong(0)),
                Long.toString(counts.path("stored").asLong(0)),
                Long.toString(counts.path("filtered").asLong(0)),
                Long.toString(counts.path("aggregated").asLong(0)),
                Long.toString(rejected),
                Long.toString(counts.path("inFlight").asLong(0)),
                Long.toString(counts.path("balance").asLong(0)));
    }
}
