package io.tocsin.app.command;

import io.tocsin.app.up.Resources;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.EventJson;
import io.tocsin.pipeline.assemble.AssembleConfig;
import io.tocsin.pipeline.assemble.Assembled;
import io.tocsin.pipeline.assemble.Assembler;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import io.tocsin.time.SystemClock;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tocsin normalize`: raw text in, one JSON object per event out.
@Command(
        name = "normalize",
        mixinStandardHelpOptions = true,
        description =
                "Reads raw text and prints each event as one JSON object, in order; what cannot be parsed comes out with Raw and ParseError.")
final class NormalizeCommand implements Callable<Integer> {
    private static final int LONGEST_EVENT = 4 << 20;

    /// How the input is cut into events.
    enum Framing {
        line,
        file
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--with",
            required = true,
            paramLabel = "NAME|FILE",
            description = "A normalizer: a shipped one, a bare format (auto, cef, json, kv, syslog) or a YAML file.")
    private String with = "auto";

    @Option(
            names = "--framing",
            description = "line: an event a line; file: each FILE is one event (default: ${DEFAULT-VALUE}).",
            defaultValue = "line")
    private Framing framing = Framing.line;

    @Option(
            names = "--assemble",
            paramLabel = "PRESET",
            description = "Joins lines that are one event before they are normalized: auditd.")
    private @Nullable String assemble;

    @Option(names = "--origin", description = "Adds the file and line of each event as Origin.")
    private boolean withOrigin;

    @Parameters(paramLabel = "FILE", description = "Files to read; standard input without one.")
    private List<Path> files = List.of();

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Run run = new Run(plan().create(), assembler(), out, withOrigin);
        try {
            if (files.isEmpty()) {
                read(run, "-", System.in);
            }
            for (Path file : files) {
                try (InputStream in = Files.newInputStream(file)) {
                    read(run, file.toString(), in);
                } catch (java.nio.file.NoSuchFileException e) {
                    throw CommandException.cannotStart("no such file [path=" + file + "]");
                }
            }
            run.end();
        } catch (IOException e) {
            throw CommandException.cannotStart("cannot read [" + e.getMessage() + "]");
        }
        spec.commandLine()
                .getErr()
                .println("tocsin: " + run.events + " events, " + run.notUnderstood + " not understood, "
                        + run.withErrors + " with values that could not be converted"
                        + (run.cut == 0 ? "" : ", " + run.cut + " cut at 4 MiB"));
        return ExitCode.OK;
    }

    private @Nullable Assembler assembler() {
        if (assemble == null) {
            return null;
        }
        AssembleConfig preset = AssembleConfig.preset(assemble);
        if (preset == null) {
            throw CommandException.cannotStart("no such preset [--assemble=" + assemble + "], there is auditd");
        }
        return preset.create();
    }

    private NormalizerPlan plan() {
        Problems problems = new Problems();
        Resources resources = Resources.load(Content.folder(), null, System::getenv, problems);
        NormalizerLoader loader = new NormalizerLoader(ZoneId.systemDefault(), name -> {
            Resource resource = resources.find("normalizer", name);
            return resource == null ? null : resource.document();
        });
        NormalizerPlan plan;
        if (with.endsWith(".yaml") || with.endsWith(".yml")) {
            List<ConfigNode> documents = YamlReader.readAll(Path.of(with), problems);
            plan = documents.isEmpty() ? null : loader.load(documents.getFirst(), problems);
        } else {
            plan = loader.load(with, problems);
        }
        if (plan == null || !problems.isEmpty()) {
            StringBuilder text = new StringBuilder("the normalizer cannot be used [--with=" + with + "]");
            for (Problem problem : problems.list()) {
                text.append("\n  ").append(problem);
            }
            throw CommandException.cannotStart(text.toString());
        }
        return plan;
    }

    private void read(Run run, String name, InputStream in) throws IOException {
        EntryOrigin origin = EntryOrigin.local("normalize", "file", name);
        if (framing == Framing.file) {
            byte[] whole = in.readNBytes(LONGEST_EVENT);
            run.event(origin, 1, whole, 0, whole.length, in.read() >= 0);
            return;
        }
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 18);
        byte[] line = new byte[1 << 14];
        int length = 0;
        int number = 1;
        boolean cut = false;
        for (int c = buffered.read(); c >= 0; c = buffered.read()) {
            if (c == '\n') {
                run.event(origin, number++, line, 0, withoutReturn(line, length), cut);
                length = 0;
                cut = false;
            } else if (length == LONGEST_EVENT) {
                cut = true;
            } else {
                if (length == line.length) {
                    line = Arrays.copyOf(line, Math.min(LONGEST_EVENT, length * 2));
                }
                line[length++] = (byte) c;
            }
        }
        run.event(origin, number, line, 0, withoutReturn(line, length), cut);
    }

    private static int withoutReturn(byte[] line, int length) {
        return length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    }

    /// Thread-safety: one thread.
    private static final class Run {
        private static final byte[] TRUE = "true".getBytes(StandardCharsets.UTF_8);

        private final Normalizer normalizer;
        private final @Nullable Assembler assembler;
        private final PrintWriter out;
        private final boolean withOrigin;
        private final SystemClock clock = SystemClock.process();
        private final EventIds ids = new EventIds(clock);
        private final EventBatch batch = new EventBatch();
        private final Event event = new Event();
        private final EventJson json = new EventJson();
        private long events;
        private long notUnderstood;
        private long withErrors;
        private long cut;

        Run(Normalizer normalizer, @Nullable Assembler assembler, PrintWriter out, boolean withOrigin) {
            this.normalizer = normalizer;
            this.assembler = assembler;
            this.out = out;
            this.withOrigin = withOrigin;
        }

        void event(EntryOrigin origin, int line, byte[] text, int offset, int length, boolean wasCut) {
            if (length == 0) {
                return;
            }
            if (assembler != null) {
                // The time of a line is its number: no event ends by the clock.
                int flags = wasCut ? EventBatch.FLAG_CUT : 0;
                assembler.accept(origin, line, text, offset, length, flags, this::assembled);
                return;
            }
            if (!normalizer.splits()) {
                piece(origin, line, text, offset, length, wasCut, null);
                return;
            }
            normalizer.at(clock.epochNanos());
            normalizer.open(origin, text, offset, length);
            if (pieces(origin, line, text, wasCut, null) == 0 && !normalizer.silent()) {
                piece(origin, line, text, offset, length, wasCut, null);
            }
        }

        /// Writes what still waits for other texts.
        void end() {
            if (assembler != null) {
                assembler.flush(this::assembled);
            }
            if (normalizer.splits()) {
                normalizer.openExpired(Long.MAX_VALUE);
                pieces(EntryOrigin.local("normalize", "file", "-"), 1, new byte[0], false, null);
            }
        }

        private int pieces(EntryOrigin origin, int line, byte[] text, boolean wasCut, @Nullable Assembled joined) {
            int pieces = 0;
            while (normalizer.next()) {
                byte[] other = normalizer.pieceText();
                EntryOrigin from = normalizer.pieceOrigin();
                piece(
                        from == null ? origin : from,
                        line,
                        other == null ? text : other,
                        normalizer.pieceOffset(),
                        normalizer.pieceLength(),
                        wasCut,
                        joined);
                pieces++;
            }
            return pieces;
        }

        private void assembled(Assembled joined) {
            if (joined.ignored()) {
                return;
            }
            Assembled.Line first = joined.parts().getFirst();
            int line = (int) first.receivedNanos();
            boolean wasCut = (joined.flags() & EventBatch.FLAG_CUT) != 0;
            byte[] text = joined.text();
            if (normalizer.splits()) {
                normalizer.at(clock.epochNanos());
                normalizer.open(first.origin(), text, 0, text.length);
                if (pieces(first.origin(), line, text, wasCut, joined) > 0 || normalizer.silent()) {
                    return;
                }
            }
            piece(first.origin(), line, text, 0, text.length, wasCut, joined);
        }

        private static void mark(EventBuilder builder, String key) {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            int at = builder.append(bytes, 0, bytes.length);
            builder.addDynamicSpan(
                    DynamicKind.EXTRA, at, bytes.length, builder.append(TRUE, 0, TRUE.length), TRUE.length);
        }

        private void piece(
                EntryOrigin origin,
                int line,
                byte[] text,
                int offset,
                int length,
                boolean wasCut,
                @Nullable Assembled joined) {
            batch.clear();
            ids.next();
            EventBuilder builder = batch.builder();
            builder.begin(origin, ids.high(), ids.low(), clock.epochNanos(), events, text, offset, length);
            if (wasCut) {
                builder.setFlag(EventBatch.FLAG_CUT);
                cut++;
            }
            boolean understood = normalizer.normalize(builder);
            if (normalizer.skipReason() != null) {
                builder.discard();
                return;
            }
            if (wasCut) {
                builder.setFlag(EventBatch.FLAG_CUT);
            }
            if (joined != null && joined.late()) {
                mark(builder, "assembly.late");
            }
            if (joined != null && joined.incomplete()) {
                mark(builder, "assembly.incomplete");
            }
            builder.commit();
            events++;
            event.moveTo(batch, 0);
            if (!understood) {
                notUnderstood++;
            } else if (event.has(io.tocsin.event.Field.PARSE_ERROR)) {
                withErrors++;
            }
            if (withOrigin) {
                out.print(json.toOpenText(event));
                out.print(",\"Origin\":");
                out.print(Instance.JSON
                        .createObjectNode()
                        .put("file", origin.path())
                        .put("line", line)
                        .toString());
                out.println("}");
            } else {
                out.println(json.toText(event));
            }
        }
    }
}
