package io.tocsin.pipeline.enrich;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ValueType;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.normalizer.Conversion;
import io.tocsin.pipeline.stage.OpenEvent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Reads one field of an event as UTF-8 text, whatever its type: text in place, whole numbers and times (milliseconds
/// since the epoch) as digits without allocation. Of a dynamic field with several values the first one counts; the
/// elements of an array field are joined by commas.
///
/// Thread-safety: one thread; the text is valid until the next read or change of the event.
public final class FieldInput {
    /// A name of a field that can be read.
    public static final ValueType<FieldReference> TYPE = ValueType.of(
            "field",
            ConfigNode.mapping().put("type", "string").build(),
            (name, node, problems) -> {
                if (!(node instanceof ConfigNode.Scalar scalar)) {
                    problems.add(node.position(), "name of a field is expected, found a " + node.shape());
                    return null;
                }
                FieldReference reference = FieldReference.byName(scalar.text());
                if (reference == null || reference instanceof FieldReference.AnyField) {
                    problems.add(
                            scalar.position(),
                            "no such field [" + name + "=" + scalar.text() + "]" + FieldReference.hint(scalar.text()));
                    return null;
                }
                return reference;
            },
            FieldReference::name);

    private final FieldReference reference;
    private final Conversion[] conversions;
    private final byte[] key;
    private final byte[] scratch = new byte[24];
    private byte[] bytes = scratch;
    private int offset;
    private int length;
    private boolean dropped;

    public FieldInput(FieldReference reference) {
        this(reference, List.of());
    }

    /// @param conversions applied to the text in their order
    public FieldInput(FieldReference reference, List<Conversion> conversions) {
        this.reference = reference;
        this.conversions = conversions.stream().map(Conversion::forThread).toArray(Conversion[]::new);
        this.key = reference instanceof FieldReference.Dynamic dynamic
                ? dynamic.key().getBytes(StandardCharsets.UTF_8)
                : new byte[0];
    }

    public FieldReference reference() {
        return reference;
    }

    /// Reads the field; false when it is empty.
    @SuppressWarnings("ReferenceEquality") // It is the same array or another one; what it holds does not matter.
    public boolean read(OpenEvent event) {
        dropped = false;
        if (!read(event.read())) {
            return false;
        }
        if (conversions.length == 0) {
            return true;
        }
        var builder = event.write();
        long span = bytes == builder.arena()
                ? Conversion.span(offset, length)
                : Conversion.span(builder.append(bytes, offset, length), length);
        for (Conversion conversion : conversions) {
            span = conversion.apply(builder, span);
            if (span == Conversion.ABSENT) {
                dropped = true;
                return false;
            }
        }
        bytes = builder.arena();
        offset = EventBatch.spanOffset(span);
        length = EventBatch.spanLength(span);
        dropped = length == 0;
        return length > 0;
    }

    /// True when the field had a value at the last read and the conversions left nothing of it.
    public boolean isDropped() {
        return dropped;
    }

    private boolean read(Event event) {
        return switch (reference) {
            case FieldReference.Fixed(Field field) -> fixed(event, field);
            case FieldReference.Dynamic dynamic -> {
                int slot = event.dynamicSlot(dynamic.kind(), key);
                yield slot >= 0 && value(event, dynamic.kind().elementType(), event.slotValue(slot));
            }
            case FieldReference.AnyField _ -> false;
        };
    }

    private boolean fixed(Event event, Field field) {
        if (!event.has(field)) {
            return false;
        }
        return switch (field.type()) {
            case STRING ->
                field == Field.ID ? text(EventIds.text(event.idHigh(), event.idLow())) : span(event, event.span(field));
            case INTEGER, TIMESTAMP -> digits(event.integer(field, 0));
            case FLOAT -> text(String.valueOf(event.real(field, 0)));
            case STRING_ARRAY -> text(String.valueOf(event.text(field)));
        };
    }

    private boolean value(Event event, FieldType type, long value) {
        return switch (type) {
            case STRING, STRING_ARRAY -> span(event, value);
            case INTEGER, TIMESTAMP -> digits(value);
            case FLOAT -> text(String.valueOf(Double.longBitsToDouble(value)));
        };
    }

    private boolean span(Event event, long span) {
        bytes = event.arena();
        offset = EventBatch.spanOffset(span);
        length = EventBatch.spanLength(span);
        return length > 0;
    }

    private boolean text(String text) {
        bytes = text.getBytes(StandardCharsets.UTF_8);
        offset = 0;
        length = bytes.length;
        return length > 0;
    }

    private boolean digits(long value) {
        int at = scratch.length;
        long rest = value;
        do {
            scratch[--at] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        if (value < 0) {
            scratch[--at] = '-';
        }
        bytes = scratch;
        offset = at;
        length = scratch.length - at;
        return true;
    }

    /// Where the text lies; the array belongs to the event or to this object.
    public byte[] bytes() {
        return bytes;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    /// A copy of the text.
    public byte[] copy() {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    @Override
    public String toString() {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
}
