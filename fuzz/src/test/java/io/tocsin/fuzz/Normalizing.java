package io.tocsin.fuzz;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.NormalizerPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A normalizer as a collector runs it, held to what each of them promises whatever comes in: no exception, the source
/// text untouched, every span inside the arena, no value longer than its field, a text that nobody understands is still
/// an event and says so, memory in proportion to the input, the same result a second time.
///
/// Thread-safety: one thread.
final class Normalizing {
    static final long RECEIVED_NANOS = 1_795_341_600_000_000_000L;

    private static final EntryOrigin ORIGIN = EntryOrigin.local("collector", "connector", "/file");
    private static final int FIXED_BYTES = 1 << 20;
    private static final int ARENA_PER_BYTE = 16;

    private final EventJson json = new EventJson();
    private final Event event = new Event();
    private final Normalizer normalizer;

    private Normalizing(Normalizer normalizer) {
        this.normalizer = normalizer;
    }

    /// A built-in normalizer.
    static Normalizing builtIn(String name) {
        return new Normalizing(plan(new NormalizerLoader(ZoneOffset.UTC), name).create());
    }

    static NormalizerPlan plan(NormalizerLoader loader, String name) {
        Problems problems = new Problems();
        NormalizerPlan plan = loader.load(name, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        return plan;
    }

    /// A format with options, and a mapping that has conversions and times.
    static Normalizing format(String format) {
        Problems problems = new Problems();
        String text = """
                kind: normalizer
                name: options
                spec:
                  format: %s
                  mapping:
                    - { from: Name, to: SA.n }
                    - { from: number, to: SourcePort }
                    - { from: time, to: StartTime }
                    - { from: address, to: SourceAddress, convert: [ trim, lower ] }
                """.formatted(format);
        ConfigNode document = YamlReader.readAll("options", text, problems).getFirst();
        NormalizerPlan plan = new NormalizerLoader(ZoneOffset.UTC).load(document, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        return new Normalizing(plan.create());
    }

    /// A normalizer of the shipped content.
    static Normalizing shipped(String name) {
        Problems problems = new Problems();
        Map<String, ConfigNode> resources = new HashMap<>();
        try (Stream<Path> files = Files.list(Path.of("../content/normalizers"))) {
            for (Path file : files.toList()) {
                String fileName = String.valueOf(file.getFileName());
                if (fileName.endsWith(".yaml") && !fileName.endsWith(".tests.yaml")) {
                    YamlReader.readAll(file, problems)
                            .forEach(node ->
                                    resources.put(String.valueOf(((ConfigNode.Mapping) node).text("name")), node));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        problems.throwIfAny();
        return new Normalizing(
                plan(new NormalizerLoader(ZoneOffset.UTC, resources::get), name).create());
    }

    /// Normalizes a text twice and checks what comes out.
    void take(byte[] text) {
        if (text.length == 0) {
            return; // framing hands on no empty text
        }
        Effort effort = new Effort();
        List<String> once = normalize(text);
        List<String> again = normalize(text);
        if (!normalizer.splits() && !once.equals(again)) {
            throw new AssertionError("the second time gives another event:\n" + once + "\n" + again);
        }
        effort.check();
    }

    private List<String> normalize(byte[] text) {
        List<String> events = new ArrayList<>();
        if (!normalizer.splits()) {
            add(events, event(text, 0, text.length));
            return events;
        }
        normalizer.open(ORIGIN, text, 0, text.length);
        int end = 0;
        int pieces = 0;
        while (normalizer.next()) {
            if (++pieces > text.length) {
                throw new AssertionError("more events than bytes");
            }
            byte[] other = normalizer.pieceText();
            int offset = normalizer.pieceOffset();
            int length = normalizer.pieceLength();
            if (other == null) {
                if (offset < end || length < 1 || offset + length > text.length) {
                    throw new AssertionError("piece lies outside what is left of the text [offset=" + offset
                            + ", length=" + length + ", after=" + end + "]");
                }
                end = offset + length;
            }
            add(events, event(other == null ? text : other, offset, length));
        }
        if (pieces == 0 && !normalizer.silent()) {
            add(events, event(text, 0, text.length));
        }
        return events;
    }

    private static void add(List<String> events, @Nullable String event) {
        if (event != null) {
            events.add(event);
        }
    }

    /// One event as JSON; null when the text was none and says so.
    private @Nullable String event(byte[] whole, int offset, int length) {
        EventBatch batch = new EventBatch(1, 256);
        EventBuilder builder = batch.builder();
        builder.begin(ORIGIN, 1, 2, RECEIVED_NANOS, 3, whole, offset, length);
        boolean understood = normalizer.normalize(builder);
        if (normalizer.skipReason() != null) {
            builder.discard();
            return null;
        }
        builder.commit();
        event.moveTo(batch, 0);
        if (!Arrays.equals(
                whole,
                offset,
                offset + length,
                batch.arena(),
                event.rawOffset(),
                event.rawOffset() + event.rawLength())) {
            throw new AssertionError("the source text was changed");
        }
        if (!understood
                && !(event.hasFlag(EventBatch.FLAG_PARSE_FAILED)
                        && event.hasFlag(EventBatch.FLAG_KEEP_RAW)
                        && event.has(Field.PARSE_ERROR))) {
            throw new AssertionError("a text that was not understood does not say so");
        }
        if (batch.arenaLength() > FIXED_BYTES + (long) ARENA_PER_BYTE * length) {
            throw new AssertionError(
                    "event takes too much memory [bytes=" + batch.arenaLength() + ", input=" + length + "]");
        }
        checkSlots(batch, event);
        return json.toText(event);
    }

    /// Checks that every text of an event lies inside the arena.
    static void checkSpans(EventBatch batch, Event event) {
        checkSlots(batch, event, false);
    }

    /// Checks that every text of an event lies inside the arena and is no longer than its field.
    static void checkSlots(EventBatch batch, Event event) {
        checkSlots(batch, event, true);
    }

    private static void checkSlots(EventBatch batch, Event event, boolean sizes) {
        for (int slot = event.start(); slot < event.end(); slot++) {
            DynamicKind kind = DynamicKind.ofCode(event.slotCode(slot));
            if (kind != null) {
                inside(batch, event.slotKey(slot));
                if (kind.elementType() == FieldType.STRING) {
                    inside(batch, event.slotValue(slot));
                }
                continue;
            }
            Field field = Fields.byCode(event.slotCode(slot));
            if (field == null) {
                throw new AssertionError("unknown field [code=" + event.slotCode(slot) + "]");
            }
            if (field.type() == FieldType.STRING) {
                inside(batch, event.slotValue(slot));
                int characters = characters(batch, event.slotValue(slot));
                if (sizes && characters > field.size()) {
                    throw new AssertionError(
                            "value is longer than its field [field=" + field + ", characters=" + characters + "]");
                }
            }
        }
    }

    private static int characters(EventBatch batch, long span) {
        int from = EventBatch.spanOffset(span);
        int count = 0;
        for (int i = from; i < from + EventBatch.spanLength(span); i++) {
            if ((batch.arena()[i] & 0xC0) != 0x80) {
                count++;
            }
        }
        return count;
    }

    private static void inside(EventBatch batch, long span) {
        int offset = EventBatch.spanOffset(span);
        int length = EventBatch.spanLength(span);
        if (offset < 0 || length < 0 || offset > batch.arenaLength() - length) {
            throw new AssertionError("text lies outside the arena [offset=" + offset + ", length=" + length + ", arena="
                    + batch.arenaLength() + "]");
        }
    }
}
