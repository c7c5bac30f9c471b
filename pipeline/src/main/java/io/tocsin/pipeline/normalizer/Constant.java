package io.tocsin.pipeline.normalizer;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A value that a normalizer sets whatever the text says. Immutable.
final class Constant {
    private final @Nullable Field field;
    private final @Nullable DynamicKind dynamic;
    private final byte[] key;
    private final byte[] text;
    private final long bits;

    private Constant(@Nullable Field field, @Nullable DynamicKind dynamic, String key, String text, long bits) {
        this.field = field;
        this.dynamic = dynamic;
        this.key = key.getBytes(StandardCharsets.UTF_8);
        this.text = text.getBytes(StandardCharsets.UTF_8);
        this.bits = bits;
    }

    /// @throws IllegalArgumentException when the text is no value of the field's type or longer than the field
    static Constant of(Field field, String text) {
        return switch (field.type()) {
            case STRING, STRING_ARRAY -> {
                if (text.length() > field.size()) {
                    throw new IllegalArgumentException("the text is longer than the field [field=" + field.fieldName()
                            + ", characters=" + text.length() + ", limit=" + field.size() + "]");
                }
                yield new Constant(field, null, "", text, 0);
            }
            case INTEGER, TIMESTAMP -> {
                try {
                    yield new Constant(field, null, "", "", Long.parseLong(text));
                } catch (NumberFormatException _) {
                    throw new IllegalArgumentException(
                            "a whole number is expected [field=" + field.fieldName() + ", value=" + text + "]");
                }
            }
            case FLOAT -> {
                try {
                    yield new Constant(field, null, "", "", Double.doubleToRawLongBits(Double.parseDouble(text)));
                } catch (NumberFormatException _) {
                    throw new IllegalArgumentException(
                            "a number is expected [field=" + field.fieldName() + ", value=" + text + "]");
                }
            }
        };
    }

    /// @throws IllegalArgumentException when the text is no value of the family's type
    static Constant of(DynamicKind family, String key, String text) {
        try {
            long bits = switch (family.elementType()) {
                case INTEGER -> Long.parseLong(text);
                case FLOAT -> Double.doubleToRawLongBits(Double.parseDouble(text));
                case STRING, TIMESTAMP, STRING_ARRAY -> 0;
            };
            return new Constant(null, family, key, text, bits);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(
                    "a number is expected [field=" + family.prefix() + "." + key + ", value=" + text + "]");
        }
    }

    /// Writes the value, over what the field holds.
    void write(EventBuilder event) {
        if (field != null) {
            switch (field.type()) {
                case STRING, STRING_ARRAY -> event.setText(field, text, 0, text.length);
                case INTEGER, TIMESTAMP -> event.setInteger(field, bits);
                case FLOAT -> event.setFloat(field, Double.longBitsToDouble(bits));
            }
        } else if (dynamic != null) {
            int keyStart = event.append(key, 0, key.length);
            if (dynamic.elementType() == FieldType.STRING) {
                int start = event.append(text, 0, text.length);
                event.addDynamicSpan(dynamic, keyStart, key.length, start, text.length);
            } else {
                event.addDynamicBits(dynamic, keyStart, key.length, bits);
            }
        }
    }

    /// Writes the value when the field holds none.
    void writeWhenEmpty(EventBuilder event) {
        if (field == null || !event.has(field)) {
            write(event);
        }
    }
}
