package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs the tests that stand beside a normalizer (`<name>.tests.yaml`): a list of texts with the fields they must give.
///
/// ```yaml
/// - name: failed password
///   received: 2026-11-22T10:00:00Z        # optional, for times without a year
///   input: "Nov 22 09:58:01 gate sshd[7]: Failed password for root from 192.0.2.1 port 4000 ssh2"
///   expect: { SourceAddress: 192.0.2.1, DestinationUserName: root, EventOutcome: failure }
///   absent: [ Reason ]                     # optional
///   understood: true                       # the default
/// ```
/// Of a text that holds several events the first counts; each test is a stream of its own.
/// Times are compared as ISO 8601 in UTC or as milliseconds. A `ParseError` that is not expected fails the test.
///
/// Thread-safety: any thread.
public final class NormalizerTests {
    private static final Instant RECEIVED = Instant.parse("2026-11-22T10:00:00Z");

    /// The outcome of one test.
    ///
    /// @param file where the test stands
    /// @param line from 1
    /// @param message what is wrong; empty when it passed
    public record Result(String name, String file, int line, boolean passed, String message) {}

    private record Case(
            String name,
            String input,
            Instant received,
            Map<String, String> expect,
            List<String> absent,
            boolean understood) {
        Case {
            expect = Map.copyOf(expect);
            absent = List.copyOf(absent);
        }
    }

    private static final ConfigSpec<Case> SPEC = ConfigSpec.of("test", "A text and the fields it must give.", keys -> {
        var name = keys.text("name", "What the test shows.").required();
        var input = keys.text("input", "Source text.").required();
        var received = keys.text("received", "Reception time as ISO 8601.").optional();
        var expect = keys.mapping("expect", "Fields and their values.", ValueTypes.TEXT)
                .defaultTo(Map.of());
        var absent = keys.list("absent", "Fields that must be empty.", ValueTypes.TEXT)
                .defaultTo(List.of());
        var understood = keys.flag("understood", "Whether a normalizer must understand the text.")
                .defaultTo(true);
        return values -> new Case(
                values.get(name),
                values.get(input),
                instant(values.get(received)),
                values.get(expect),
                values.get(absent),
                values.get(understood));
    });

    private NormalizerTests() {}

    private static Instant instant(@Nullable String text) {
        if (text == null) {
            return RECEIVED;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("not a time such as 2026-11-22T10:00:00Z [received=" + text + "]", e);
        }
    }

    /// Runs all tests of a document; a test that cannot be read is one that failed.
    ///
    /// @param tests the list, as it was read from the file
    public static List<Result> run(ConfigNode tests, NormalizerPlan plan) {
        List<Result> results = new ArrayList<>();
        if (!(tests instanceof ConfigNode.Sequence sequence)) {
            results.add(new Result(
                    "file", tests.position().source(), tests.position().line(), false, "a list of tests is expected"));
            return results;
        }
        Normalizer normalizer = plan.create();
        for (ConfigNode item : sequence.items()) {
            String file = item.position().source();
            int line = item.position().line();
            Problems problems = new Problems();
            Case test = SPEC.read(item, problems);
            if (test == null) {
                results.add(new Result("unreadable test", file, line, false, problems.toString()));
            } else {
                String message = run(test, normalizer);
                results.add(new Result(test.name, file, line, message.isEmpty(), message));
            }
        }
        return results;
    }

    /// Adds the event of a text to the batch, unless the text is none, such as a header.
    private static boolean event(
            Case test,
            EntryOrigin origin,
            byte[] text,
            int offset,
            int length,
            EventBatch batch,
            Normalizer normalizer) {
        EventBuilder builder = batch.builder();
        long nanos = test.received.getEpochSecond() * 1_000_000_000L + test.received.getNano();
        builder.begin(origin, 0, 0, nanos, 0, text, offset, length);
        boolean understood = normalizer.normalize(builder);
        if (normalizer.skipReason() == null) {
            builder.commit();
        } else {
            builder.discard();
        }
        return understood;
    }

    private static String run(Case test, Normalizer normalizer) {
        byte[] text = test.input.getBytes(UTF_8);
        EventBatch batch = new EventBatch(1, text.length + 1024);
        EntryOrigin origin = EntryOrigin.local("test", "test", test.name);
        boolean understood = false;
        if (normalizer.splits()) {
            normalizer.open(origin, text, 0, text.length);
            while (batch.isEmpty() && normalizer.next()) {
                understood = event(
                        test, origin, text, normalizer.pieceOffset(), normalizer.pieceLength(), batch, normalizer);
            }
        } else {
            understood = event(test, origin, text, 0, text.length, batch, normalizer);
        }
        if (batch.isEmpty()) {
            return "the text holds no event";
        }
        Event event = new Event().moveTo(batch, 0);
        List<String> differences = new ArrayList<>();
        if (understood != test.understood) {
            differences.add(understood ? "understood, but should not be" : "not understood");
        }
        test.expect.forEach((name, expected) -> {
            String found = value(event, name);
            if (!expected.equals(found) && !expected.equals(asMillis(event, name))) {
                differences.add(name + " is " + (found == null ? "empty" : "'" + found + "'") + ", expected '"
                        + expected + "'");
            }
        });
        for (String name : test.absent) {
            String found = value(event, name);
            if (found != null) {
                differences.add(name + " is '" + found + "', expected empty");
            }
        }
        String error = value(event, Field.PARSE_ERROR.fieldName());
        if (error != null && test.understood && !test.expect.containsKey(Field.PARSE_ERROR.fieldName())) {
            differences.add("ParseError is '" + error + "'");
        }
        return String.join("; ", differences.stream().sorted().toList());
    }

    private static @Nullable String asMillis(Event event, String name) {
        Field field = Fields.byName(name);
        return field != null && field.type() == FieldType.TIMESTAMP ? event.text(field) : null;
    }

    private static @Nullable String value(Event event, String name) {
        Field field = Fields.byName(name);
        if (field != null) {
            if (!event.has(field)) {
                return null;
            }
            return field.type() == FieldType.TIMESTAMP
                    ? Instant.ofEpochMilli(event.integer(field, 0)).toString()
                    : event.text(field);
        }
        int dot = name.indexOf('.');
        DynamicKind kind = dot < 0 ? null : DynamicKind.ofPrefix(name.substring(0, dot));
        if (kind == null) {
            return null;
        }
        byte[] key = name.substring(dot + 1).getBytes(UTF_8);
        List<String> found = new ArrayList<>();
        for (int slot = event.dynamicSlot(kind, key); slot >= 0; slot = event.dynamicSlot(kind, key, slot + 1)) {
            found.add(
                    switch (kind.elementType()) {
                        case INTEGER -> Long.toString(event.slotValue(slot));
                        case FLOAT -> Double.toString(Double.longBitsToDouble(event.slotValue(slot)));
                        case STRING, TIMESTAMP, STRING_ARRAY -> event.text(event.slotValue(slot));
                    });
        }
        return found.isEmpty() ? null : String.join(",", found);
    }
}
