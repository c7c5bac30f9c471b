package io.tocsin.pipeline.aggregate;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a field of events and writes it to the aggregate.
///
/// Thread-safety: one thread.
final class FoldedField {
    private final @Nullable Field field;
    private final @Nullable DynamicKind kind;
    private final byte[] key;
    private final FieldType type;
    private final boolean array;
    private final String name;

    FoldedField(FieldReference reference) {
        name = reference.name();
        type = reference.valueType();
        switch (reference) {
            case FieldReference.Fixed fixed -> {
                field = fixed.field();
                kind = null;
                key = new byte[0];
                array = fixed.field().type() == FieldType.STRING_ARRAY;
            }
            case FieldReference.Dynamic dynamic -> {
                field = null;
                kind = dynamic.kind();
                key = Aggregator.utf8(dynamic.key());
                array = dynamic.kind().isArray();
            }
            case FieldReference.AnyField ignored ->
                throw new IllegalArgumentException("one field is expected, not any");
        }
    }

    /// Adds the value to the key of a group; an empty field is a value of its own.
    void appendKey(Event event, KeyBytes into) {
        if (field != null && !array) {
            if (!event.has(field)) {
                into.addNumber(-1);
            } else if (type == FieldType.STRING) {
                long span = event.span(field);
                into.add(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
            } else {
                into.addNumber(1);
                into.addNumber(bits(event, field));
            }
            return;
        }
        List<FoldedValue> values = values(event);
        into.addNumber(values.isEmpty() ? -1 : values.size());
        for (FoldedValue value : values) {
            switch (value) {
                case FoldedValue.Text text -> into.add(text.bytes(), 0, text.bytes().length);
                case FoldedValue.Bits number -> into.addNumber(number.bits());
            }
        }
    }

    /// All values of the field, none when it is empty.
    List<FoldedValue> read(Event event) {
        if (field != null && !array) {
            if (!event.has(field)) {
                return List.of();
            }
            if (type == FieldType.STRING) {
                return List.of(text(event, event.span(field)));
            }
            return List.of(new FoldedValue.Bits(bits(event, field), type));
        }
        return values(event);
    }

    private long bits(Event event, Field of) {
        return type == FieldType.FLOAT ? Double.doubleToRawLongBits(event.real(of, 0)) : event.integer(of, 0);
    }

    private List<FoldedValue> values(Event event) {
        List<FoldedValue> values = new ArrayList<>(2);
        int code = field != null ? field.code() : kind == null ? -1 : kind.code();
        for (int slot = event.start(); slot < event.end(); slot++) {
            if (event.slotCode(slot) == code && (field != null || hasKey(event, slot))) {
                values.add(
                        type == FieldType.STRING
                                ? text(event, event.slotValue(slot))
                                : new FoldedValue.Bits(event.slotValue(slot), type));
            }
        }
        return values;
    }

    private boolean hasKey(Event event, int slot) {
        long span = event.slotKey(slot);
        int offset = EventBatch.spanOffset(span);
        return Arrays.equals(event.arena(), offset, offset + EventBatch.spanLength(span), key, 0, key.length);
    }

    private static FoldedValue text(Event event, long span) {
        int offset = EventBatch.spanOffset(span);
        return new FoldedValue.Text(Arrays.copyOfRange(event.arena(), offset, offset + EventBatch.spanLength(span)));
    }

    /// Writes values as they are; several of a field that takes one are joined by commas.
    void write(EventBuilder event, List<FoldedValue> values) {
        if (values.isEmpty()) {
            return;
        }
        if (array) {
            values.forEach(value -> writeOne(event, value));
        } else if (values.size() == 1) {
            writeOne(event, values.getFirst());
        } else if (type == FieldType.STRING) {
            writeText(event, joined(values));
        } else {
            extra(event, joined(values));
        }
    }

    private void writeOne(EventBuilder event, FoldedValue value) {
        switch (value) {
            case FoldedValue.Text text -> writeText(event, text.bytes());
            case FoldedValue.Bits number -> writeBits(event, number.bits());
        }
    }

    private void writeText(EventBuilder event, byte[] bytes) {
        int start = event.append(bytes, 0, bytes.length);
        if (field == null) {
            if (kind != null) {
                event.addDynamicSpan(kind, event.append(key, 0, key.length), key.length, start, bytes.length);
            }
            return;
        }
        if (array) {
            event.addText(field, new String(bytes, StandardCharsets.UTF_8));
            return;
        }
        int length = fitting(bytes, field.size());
        event.setSpan(field, start, length);
        if (length < bytes.length) {
            // Nothing is cut without a trace.
            extra(event, bytes);
            event.setText(
                    Field.PARSE_ERROR,
                    name + ": cut [bytes=" + bytes.length + ", limit=" + field.size() + "], whole in Extra");
        }
    }

    /// Bytes that hold at most so many characters.
    private static int fitting(byte[] bytes, int characters) {
        if (bytes.length <= characters) {
            return bytes.length;
        }
        int seen = 0;
        for (int i = 0; i < bytes.length; i++) {
            if ((bytes[i] & 0xC0) != 0x80 && seen++ == characters) {
                return i;
            }
        }
        return bytes.length;
    }

    private void writeBits(EventBuilder event, long bits) {
        if (field == null) {
            if (kind != null) {
                event.addDynamicBits(kind, event.append(key, 0, key.length), key.length, bits);
            }
        } else if (type == FieldType.FLOAT) {
            event.setFloat(field, Double.longBitsToDouble(bits));
        } else {
            event.setInteger(field, bits);
        }
    }

    private void extra(EventBuilder event, byte[] bytes) {
        byte[] extraKey = Aggregator.utf8(name);
        event.addDynamicSpan(
                DynamicKind.EXTRA,
                event.append(extraKey, 0, extraKey.length),
                extraKey.length,
                event.append(bytes, 0, bytes.length),
                bytes.length);
    }

    private static byte[] joined(List<FoldedValue> values) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            out.writeBytes(values.get(i).text());
        }
        return out.toByteArray();
    }
}
