package io.tocsin.app.command;

import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogCheck;
import io.tocsin.pipeline.transport.log.LogDump;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogMetrics.ConsumerBacklog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogRepair;
import io.tocsin.pipeline.transport.log.LogReport;
import io.tocsin.time.SystemClock;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin log check DIR` reads a durable log without touching it, `dump` gives out its records, `repair` puts
/// damage aside; `tocsin log forget DIR NAME` takes away a consumer.
@Command(
        name = "log",
        mixinStandardHelpOptions = true,
        description =
                "Looks after durable logs: 'log check DIR' verifies every record of one, 'log dump DIR' gives its records out, 'log repair DIR' puts damaged parts aside, 'log forget DIR NAME' takes away a consumer that is gone.",
        subcommands = {LogCommand.Check.class, LogCommand.Repair.class, LogCommand.Dump.class, LogCommand.Forget.class})
final class LogCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage(
                "say what to do with the log: tocsin log check|repair|dump DIR, or tocsin log forget DIR NAME");
    }

    private static void requireFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw CommandException.cannotStart("no folder [path=" + folder + "]");
        }
    }

    /// `forget`.
    @Command(
            name = "forget",
            mixinStandardHelpOptions = true,
            description =
                    "Takes a consumer away, so that the log keeps nothing for it any more. What it has not dealt with it will never get. The service that owns the log must be stopped.")
    static final class Forget implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(index = "0", paramLabel = "DIR", description = "Folder of the log, for example data/collector/log")
        private Path folder = Path.of(".");

        @Parameters(index = "1", paramLabel = "NAME", description = "The consumer, as 'log check' names it.")
        private String consumer = "";

        @Override
        public Integer call() {
            requireFolder(folder);
            long events;
            try (DurableLog log = DurableLog.open(folder, LogOptions.defaults(), SystemClock.process())) {
                if (!log.consumerNames().contains(consumer)) {
                    throw CommandException.cannotStart("no such consumer [consumer=" + consumer + ", known="
                            + String.join("|", new TreeSet<>(log.consumerNames())) + "]");
                }
                events = log.metrics().consumers().stream()
                        .filter(each -> each.name().equals(consumer))
                        .mapToLong(ConsumerBacklog::events)
                        .sum();
                log.forget(consumer);
            } catch (LogException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            Objects.requireNonNull(spec)
                    .commandLine()
                    .getOut()
                    .println("forgotten: " + consumer
                            + (events == 0 ? "" : ", which will never get " + events + " events that waited for it"));
            return ExitCode.OK;
        }
    }

    /// `repair`.
    @Command(
            name = "repair",
            mixinStandardHelpOptions = true,
            description =
                    "Makes a damaged log sound. Deletes nothing: files that are changed are put aside whole in DIR/quarantine. Says what was saved and what is missing. The service that owns the log must be stopped.")
    static final class Repair implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "Folder of the log, for example data/collector/log")
        private Path folder = Path.of(".");

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            requireFolder(folder);
            LogRepair.Result result;
            try {
                result = LogRepair.repair(folder, SystemClock.process());
            } catch (LogException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            PrintWriter out = output.writer();
            switch (output.format()) {
                case table -> print(result, out);
                case json -> out.println(json(result));
                case ndjson -> result.lost().forEach(finding -> out.println(Check.json(finding)));
            }
            return result.lost().isEmpty() ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private static void print(LogRepair.Result result, PrintWriter out) {
            for (LogRepair.Action action : result.actions()) {
                out.println("done: " + action.file() + ": " + action.message() + " [saved=" + action.savedRecords()
                        + " records with " + action.savedEvents() + " events]");
            }
            for (LogReport.Finding lost : result.lost()) {
                out.println("lost: " + lost.file() + ": " + lost.lostRecords() + " records with " + lost.lostEvents()
                        + " events, sequences " + sequence(lost.gapFrom()) + " to " + sequence(lost.gapTo()));
            }
            if (result.quarantine() != null) {
                out.println("files as they were: " + result.quarantine());
            }
            LogReport after = result.after();
            out.println(after.records() + " records with " + after.events() + " events, "
                    + (after.sound() ? "sound" : "still damaged"));
        }

        private static String sequence(@Nullable LogPosition place) {
            return place == null ? "?" : Long.toString(place.sequence());
        }

        private static ObjectNode json(LogRepair.Result result) {
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("sound", result.after().sound());
            object.put("records", result.after().records());
            object.put("events", result.after().events());
            if (result.quarantine() != null) {
                object.put("quarantine", result.quarantine().toString());
            }
            ArrayNode actions = object.putArray("actions");
            for (LogRepair.Action action : result.actions()) {
                actions.addObject()
                        .put("file", action.file())
                        .put("message", action.message())
                        .put("savedRecords", action.savedRecords())
                        .put("savedEvents", action.savedEvents());
            }
            ArrayNode lost = object.putArray("lost");
            result.lost().forEach(finding -> lost.add(Check.json(finding)));
            return object;
        }
    }

    /// `dump`.
    @Command(
            name = "dump",
            mixinStandardHelpOptions = true,
            description =
                    "Gives out the records of a durable log, a line of JSON for each, in their order; with --events also the events. Changes nothing and may run beside the service that owns the log.")
    static final class Dump implements Callable<Integer> {
        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(paramLabel = "DIR", description = "Folder of the log, for example data/collector/log")
        private Path folder = Path.of(".");

        @Option(names = "--from", description = "First sequence (default: ${DEFAULT-VALUE}).", defaultValue = "0")
        private long from;

        @Option(names = "--to", description = "First sequence not wanted any more.")
        private long to = Long.MAX_VALUE;

        @Option(names = "--limit", description = "Most records to give out (default: all).")
        private long limit = Long.MAX_VALUE;

        @Option(names = "--events", description = "Adds the events of each record as JSON objects.")
        private boolean events;

        @Override
        public Integer call() {
            requireFolder(folder);
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            LogRecordJson json = new LogRecordJson(events);
            long[] left = {limit};
            try {
                LogDump.records(folder, from, to, (file, offset, found) -> {
                    if (left[0]-- <= 0) {
                        return false;
                    }
                    out.println(json.of(file, offset, found));
                    return !out.checkError();
                });
            } catch (LogException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            return ExitCode.OK;
        }
    }

    /// `check`.
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description =
                    "Verifies every record of a durable log, changes nothing, and reports what is damaged. Exit code 1 when something is.")
    static final class Check implements Callable<Integer> {
        @Parameters(paramLabel = "DIR", description = "Folder of the log, for example data/collector/log")
        private Path folder = Path.of(".");

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() {
            PrintWriter out = output.writer();
            requireFolder(folder);
            LogReport report;
            try {
                report = LogCheck.check(folder);
            } catch (LogException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            switch (output.format()) {
                case table -> print(report, out);
                case ndjson -> report.findings().forEach(finding -> out.println(json(finding)));
                case json -> {
                    ObjectNode object = Instance.JSON.createObjectNode();
                    object.put("folder", report.folder());
                    object.put("producer", report.producer());
                    object.put("epoch", report.epoch());
                    object.put("segments", report.segments().size());
                    object.put("records", report.records());
                    object.put("events", report.events());
                    object.put("firstSequence", report.start().sequence());
                    object.put("nextSequence", report.end().sequence());
                    object.put("sound", report.sound());
                    ArrayNode consumers = object.putArray("consumers");
                    for (LogReport.CursorReport cursor : report.consumers()) {
                        ObjectNode consumer = consumers.addObject();
                        consumer.put("name", cursor.consumer());
                        if (cursor.committed() != null) {
                            consumer.put("nextSequence", cursor.committed().sequence());
                        }
                        consumer.put("keptBytes", cursor.keptBytes());
                    }
                    ArrayNode findings = object.putArray("findings");
                    report.findings().forEach(finding -> findings.add(json(finding)));
                    out.println(object);
                }
            }
            return report.sound() ? ExitCode.OK : ExitCode.FINDINGS;
        }

        private static void print(LogReport report, PrintWriter out) {
            TextTable segments = new TextTable(List.of("SEGMENT", "BYTES", "RECORDS", "EVENTS", "FIRST", "NEXT"));
            for (LogReport.SegmentReport segment : report.segments()) {
                segments.row(List.of(
                        segment.file(),
                        Long.toString(segment.bytes()),
                        Long.toString(segment.records()),
                        Long.toString(segment.events()),
                        Long.toString(segment.start().sequence()),
                        Long.toString(segment.end().sequence())));
            }
            segments.print(out);
            out.println();
            for (LogReport.CursorReport cursor : report.consumers()) {
                out.println("consumer " + cursor.consumer() + ": "
                        + (cursor.committed() == null
                                ? "cursor unreadable"
                                : "done up to event " + cursor.committed().sequence())
                        + ", keeps " + cursor.keptBytes() + " bytes from being deleted");
            }
            for (LogReport.Finding finding : report.findings()) {
                out.println((finding.severity() == LogReport.Severity.DAMAGE ? "damage: " : "note: ") + finding.file()
                        + " at " + finding.offset() + ": " + finding.message());
            }
            out.println("producer " + report.producer() + ", epoch " + report.epoch() + ": " + report.records()
                    + " records with " + report.events() + " events, " + (report.sound() ? "sound" : "damaged"));
        }

        private static ObjectNode json(LogReport.Finding finding) {
            ObjectNode object = Instance.JSON.createObjectNode();
            object.put("severity", finding.severity() == LogReport.Severity.DAMAGE ? "damage" : "note");
            object.put("file", finding.file());
            object.put("offset", finding.offset());
            object.put("bytes", finding.bytes());
            object.put("lostRecords", finding.lostRecords());
            object.put("lostEvents", finding.lostEvents());
            if (finding.gapFrom() != null && finding.gapTo() != null) {
                object.put("fromSequence", finding.gapFrom().sequence());
                object.put("toSequence", finding.gapTo().sequence());
            }
            object.put("message", finding.message());
            return object;
        }
    }
}
