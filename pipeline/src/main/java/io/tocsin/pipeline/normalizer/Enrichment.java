package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Fills a field from a text with other fields in it, after the nested normalizers: `{{.DeviceVendor}} login`. A
/// constant is a text without fields, another field is one field without text.
///
/// Thread-safety: one thread; [#forThread()] makes another.
final class Enrichment {
    private static final int MAXIMUM_CHARACTERS = 10_000;

    /// A text and the field behind it.
    ///
    /// @param key name of a dynamic field
    private record Part(String literal, @Nullable FieldReference field, String key) {}

    private final List<Part> parts;
    private final byte[][] literals;
    private final byte[][] keys;
    private final Target target;
    private final @Nullable Condition condition;
    private final @Nullable CompiledCondition compiled;
    private final Event cursor = new Event();

    private Enrichment(List<Part> parts, Target target, @Nullable Condition condition) {
        this.parts = parts;
        this.literals =
                parts.stream().map(part -> Conversions.bytes(part.literal)).toArray(byte[][]::new);
        this.keys = parts.stream().map(part -> Conversions.bytes(part.key)).toArray(byte[][]::new);
        this.target = target.forThread();
        this.condition = condition;
        this.compiled = condition == null ? null : condition.compile();
    }

    /// @throws IllegalArgumentException when a field is unknown or braces do not close
    static Enrichment of(String template, Target target, @Nullable Condition condition) {
        if (template.length() > MAXIMUM_CHARACTERS) {
            throw new IllegalArgumentException("the template is too long [maximum=" + MAXIMUM_CHARACTERS + "]");
        }
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (true) {
            int open = template.indexOf("{{", at);
            if (open < 0) {
                parts.add(new Part(template.substring(at), null, ""));
                return new Enrichment(parts, target, condition);
            }
            int close = template.indexOf("}}", open);
            if (close < 0) {
                throw new IllegalArgumentException("the braces are not closed [template=" + template + "]");
            }
            String written = template.substring(open + 2, close).strip();
            String name = written.startsWith(".") ? written.substring(1) : written;
            FieldReference field = FieldReference.byName(name);
            if (field == null || field instanceof FieldReference.AnyField) {
                throw new IllegalArgumentException("no such field [field=" + name + "]" + FieldReference.hint(name));
            }
            String key = field instanceof FieldReference.Dynamic dynamic ? dynamic.key() : "";
            parts.add(new Part(template.substring(at, open), field, key));
            at = close + 2;
        }
    }

    /// The same for another thread.
    Enrichment forThread() {
        return new Enrichment(parts, target, condition);
    }

    /// Fills the field; a template of which all fields are empty fills nothing.
    void apply(EventBuilder event, FieldWriter writer) {
        EventBatch batch = event.batch();
        if (compiled != null && !compiled.test(cursor.moveTo(batch, batch.count()))) {
            return;
        }
        int start = event.reserve(0);
        boolean fields = false;
        boolean filled = false;
        for (int i = 0; i < literals.length; i++) {
            byte[] literal = literals[i];
            event.append(literal, 0, literal.length);
            FieldReference field = parts.get(i).field;
            if (field != null) {
                fields = true;
                int before = batch.arenaLength();
                read(event, field, keys[i]);
                filled |= batch.arenaLength() > before;
            }
        }
        int length = batch.arenaLength() - start;
        if (length > 0 && (filled || !fields)) {
            writer.write(event, target, start, length);
        }
    }

    private void read(EventBuilder event, FieldReference reference, byte[] key) {
        EventBatch batch = event.batch();
        Event open = cursor.moveTo(batch, batch.count());
        switch (reference) {
            case FieldReference.Fixed(Field field) -> {
                if (!open.has(field)) {
                    return;
                }
                switch (field.type()) {
                    case STRING -> {
                        if (field == Field.ID) {
                            text(event, String.valueOf(open.text(field)));
                        } else {
                            span(event, open.span(field));
                        }
                    }
                    case INTEGER, TIMESTAMP -> text(event, Long.toString(open.integer(field, 0)));
                    case FLOAT -> text(event, Double.toString(open.real(field, 0)));
                    case STRING_ARRAY -> text(event, String.valueOf(open.text(field)));
                }
            }
            case FieldReference.Dynamic dynamic -> {
                int slot = open.dynamicSlot(dynamic.kind(), key);
                if (slot >= 0) {
                    value(event, dynamic.kind(), open.slotValue(slot));
                }
            }
            case FieldReference.AnyField _ -> {}
        }
    }

    private static void value(EventBuilder event, DynamicKind kind, long value) {
        switch (kind.elementType()) {
            case STRING, STRING_ARRAY -> span(event, value);
            case INTEGER, TIMESTAMP -> text(event, Long.toString(value));
            case FLOAT -> text(event, Double.toString(Double.longBitsToDouble(value)));
        }
    }

    private static void text(EventBuilder event, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        event.append(bytes, 0, bytes.length);
    }

    private static void span(EventBuilder event, long span) {
        event.append(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
    }
}
