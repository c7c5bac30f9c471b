package io.tocsin.pipeline.enrich;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ValueType;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.stage.OpenEvent;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Writes one field of an event: converts text to its type, cuts what is longer than the field and keeps the whole
/// of it in `Extra` under the field's name. What cannot be converted is kept there as well, and the write says so.
///
/// Thread-safety: immutable; the event has one writer.
public final class FieldOutput {
    /// Fields filled by the product that enrichments may write all the same.
    private static final Set<Field> OPEN_SERVICE_FIELDS = EnumSet.of(
            Field.SOURCE_ASSET_ID,
            Field.DESTINATION_ASSET_ID,
            Field.DEVICE_ASSET_ID,
            Field.SOURCE_ACCOUNT_ID,
            Field.DESTINATION_ACCOUNT_ID,
            Field.PRIORITY,
            Field.CODE);

    /// A name of a field that can be written.
    public static final ValueType<FieldReference> TYPE = ValueType.of(
            "field",
            ConfigNode.mapping().put("type", "string").build(),
            (name, node, problems) -> {
                FieldReference reference = FieldInput.TYPE.read(name, node, problems);
                if (reference instanceof FieldReference.Fixed(Field field) && !isWritable(field)) {
                    problems.add(
                            node.position(),
                            "the field is filled by the product and cannot be written [" + name + "="
                                    + field.fieldName() + "]");
                    return null;
                }
                return reference;
            },
            FieldReference::name);

    /// Fields that can be written, each with a value.
    public static <V> ValueType<Map<FieldReference, V>> mapping(ValueType<V> value) {
        return ValueType.of(
                "mapping of field to " + value.label(),
                ConfigNode.mapping()
                        .put("type", "object")
                        .put("additionalProperties", value.schema())
                        .build(),
                (name, node, problems) -> {
                    if (!(node instanceof ConfigNode.Mapping mapping)) {
                        problems.add(node.position(), "a mapping is expected, found a " + node.shape());
                        return null;
                    }
                    int before = problems.count();
                    Map<FieldReference, V> read = new LinkedHashMap<>();
                    for (ConfigNode.Entry entry : mapping.entries()) {
                        ConfigNode key = new ConfigNode.Scalar(entry.position(), entry.name(), true);
                        FieldReference field = TYPE.read(name, key, problems);
                        V one = value.read(name + "." + entry.name(), entry.value(), problems);
                        if (field != null && one != null) {
                            read.put(field, one);
                        }
                    }
                    return problems.count() > before ? null : Collections.unmodifiableMap(read);
                },
                String::valueOf);
    }

    private final FieldReference reference;
    private final boolean overwrite;
    private final byte[] key;
    private final byte[] name;

    /// @param overwrite false: a field that has a value is left alone
    public FieldOutput(FieldReference reference, boolean overwrite) {
        this.reference = reference;
        this.overwrite = overwrite;
        this.key = reference instanceof FieldReference.Dynamic dynamic
                ? dynamic.key().getBytes(UTF_8)
                : new byte[0];
        this.name = reference.name().getBytes(UTF_8);
    }

    /// True for fields of the source and those that are bound later, such as accounts.
    static boolean isWritable(Field field) {
        return field.group() != FieldGroup.SERVICE || OPEN_SERVICE_FIELDS.contains(field);
    }

    public FieldReference reference() {
        return reference;
    }

    /// True when the field would be written now.
    public boolean wants(OpenEvent event) {
        return overwrite || isEmpty(event.read());
    }

    private boolean isEmpty(Event event) {
        return switch (reference) {
            case FieldReference.Fixed(Field field) -> !event.has(field);
            case FieldReference.Dynamic dynamic -> event.dynamicSlot(dynamic.kind(), key) < 0;
            case FieldReference.AnyField _ -> false;
        };
    }

    /// Takes all values of the field away.
    public void clear(OpenEvent event) {
        switch (reference) {
            case FieldReference.Fixed(Field field) -> event.write().remove(field);
            case FieldReference.Dynamic dynamic -> event.write().removeDynamic(dynamic.kind(), key);
            case FieldReference.AnyField _ -> {}
        }
    }

    /// Writes what a database or an answer gave: UTF-8 bytes, `Double` or `Long`.
    ///
    /// @return false when the value does not fit the type of the field
    public boolean value(OpenEvent event, Object value) {
        return switch (value) {
            case byte[] text -> text(event, text, 0, text.length);
            case Double real
            when valueType() == FieldType.FLOAT -> {
                bits(event, Double.doubleToRawLongBits(real));
                yield true;
            }
            case Long whole
            when valueType() == FieldType.INTEGER || valueType() == FieldType.TIMESTAMP -> {
                bits(event, whole);
                yield true;
            }
            case Long whole
            when valueType() == FieldType.FLOAT -> {
                bits(event, Double.doubleToRawLongBits(whole));
                yield true;
            }
            default -> {
                byte[] text = String.valueOf(value).getBytes(UTF_8);
                yield text(event, text, 0, text.length);
            }
        };
    }

    /// Writes a whole number, or milliseconds since the epoch.
    public boolean integer(OpenEvent event, long value) {
        return value(event, value);
    }

    private FieldType valueType() {
        return reference.valueType();
    }

    private void bits(OpenEvent event, long bits) {
        EventBuilder builder = event.write();
        switch (reference) {
            case FieldReference.Fixed(Field field) -> {
                if (field.type() == FieldType.FLOAT) {
                    builder.setFloat(field, Double.longBitsToDouble(bits));
                } else {
                    builder.setInteger(field, bits);
                }
            }
            case FieldReference.Dynamic dynamic -> {
                replaceDynamic(builder, dynamic.kind());
                builder.addDynamicBits(dynamic.kind(), builder.append(key, 0, key.length), key.length, bits);
            }
            case FieldReference.AnyField _ -> {}
        }
    }

    private void replaceDynamic(EventBuilder builder, DynamicKind kind) {
        builder.removeDynamic(kind, key);
    }

    /// Writes a text; an empty one takes the value away.
    ///
    /// @return false when the text does not fit the type of the field and is kept in `Extra` instead
    public boolean text(OpenEvent event, byte[] source, int offset, int length) {
        if (length == 0) {
            clear(event);
            return true;
        }
        return switch (valueType()) {
            case STRING, STRING_ARRAY -> {
                string(event.write(), source, offset, length);
                yield true;
            }
            case INTEGER -> number(event, source, offset, length);
            case FLOAT -> real(event, source, offset, length);
            case TIMESTAMP -> time(event, source, offset, length);
        };
    }

    private void string(EventBuilder builder, byte[] source, int offset, int length) {
        switch (reference) {
            case FieldReference.Fixed(Field field) -> {
                if (field.type() == FieldType.STRING_ARRAY) {
                    builder.remove(field);
                    builder.addText(field, new String(source, offset, length, UTF_8));
                    return;
                }
                int start = place(builder, source, offset, length);
                int kept = length <= field.size() ? length : cut(builder.arena(), start, length, field.size());
                builder.setSpan(field, start, kept);
                if (kept < length) {
                    keep(builder, start, length);
                }
            }
            case FieldReference.Dynamic dynamic -> {
                int start = place(builder, source, offset, length);
                replaceDynamic(builder, dynamic.kind());
                builder.addDynamicSpan(dynamic.kind(), builder.append(key, 0, key.length), key.length, start, length);
            }
            case FieldReference.AnyField _ -> {}
        }
    }

    /// Where the text lies in the arena; it is copied there unless it came from there.
    @SuppressWarnings("ReferenceEquality") // It is the same array or another one; what it holds does not matter.
    private static int place(EventBuilder builder, byte[] source, int offset, int length) {
        return source == builder.arena() ? offset : builder.append(source, offset, length);
    }

    /// Length in bytes of the first `characters` characters.
    private static int cut(byte[] bytes, int start, int length, int characters) {
        int count = 0;
        for (int i = 0; i < length; i++) {
            if ((bytes[start + i] & 0xc0) != 0x80 && ++count > characters) {
                return i;
            }
        }
        return length;
    }

    private void keep(EventBuilder builder, int start, int length) {
        int at = builder.append(name, 0, name.length);
        builder.addDynamicSpan(DynamicKind.EXTRA, at, name.length, start, length);
    }

    private boolean refuse(OpenEvent event, byte[] source, int offset, int length) {
        EventBuilder builder = event.write();
        keep(builder, builder.append(source, offset, length), length);
        return false;
    }

    private boolean number(OpenEvent event, byte[] source, int offset, int length) {
        long value = 0;
        int first = source[offset] == '-' || source[offset] == '+' ? 1 : 0;
        if (length == first || length > 18 + first) {
            return refuse(event, source, offset, length);
        }
        for (int i = offset + first; i < offset + length; i++) {
            int digit = source[i] - '0';
            if (digit < 0 || digit > 9) {
                return refuse(event, source, offset, length);
            }
            value = value * 10 + digit;
        }
        bits(event, source[offset] == '-' ? -value : value);
        return true;
    }

    private boolean real(OpenEvent event, byte[] source, int offset, int length) {
        try {
            double value = Double.parseDouble(new String(source, offset, length, UTF_8));
            if (Double.isFinite(value)) {
                bits(event, Double.doubleToRawLongBits(value));
                return true;
            }
        } catch (NumberFormatException _) {
            // Falls through to the refusal.
        }
        return refuse(event, source, offset, length);
    }

    private boolean time(OpenEvent event, byte[] source, int offset, int length) {
        String text = new String(source, offset, length, UTF_8);
        try {
            long millis = text.indexOf('T') < 0
                    ? Long.parseLong(text)
                    : text.endsWith("Z")
                            ? Instant.parse(text).toEpochMilli()
                            : OffsetDateTime.parse(text).toInstant().toEpochMilli();
            bits(event, millis);
            return true;
        } catch (NumberFormatException | DateTimeParseException | ArithmeticException _) {
            return refuse(event, source, offset, length);
        }
    }
}
