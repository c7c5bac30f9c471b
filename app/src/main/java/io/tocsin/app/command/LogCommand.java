package io.tocsin.app.command;

import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogCheck;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogOptions;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `tocsin log check DIR` reads a durable log without touching it; `tocsin log forget DIR NAME` takes away a consumer.
@Command(
        name = "log",
        mixinStandardHelpOptions = true,
        description =
                "Looks after durable logs: 'log check DIR' verifies every record of one, 'log forget DIR NAME' takes away a consumer that is gone.",
        subcommands = {LogCommand.Check.class, LogCommand.Forget.class})
final class LogCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw CommandException.usage(
                "say what to do with the log: tocsin log check DIR, or tocsin log forget DIR NAME");
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
            try (DurableLog log = DurableLog.open(folder, LogOptions.defaults(), SystemClock.process())) {
                if (!log.consumerNames().contains(consumer)) {
                    throw CommandException.cannotStart("no such consumer [consumer=" + consumer + ", known="
                            + String.join("|", new TreeSet<>(log.consumerNames())) + "]");
                }
                log.forget(consumer);
            } catch (LogException e) {
                throw CommandException.cannotStart(String.valueOf(e.getMessage()));
            }
            Objects.requireNonNull(spec).commandLine().getOut().println("forgotten: " + consumer);
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
            object.put("message", finding.message());
            return object;
        }
    }
}
