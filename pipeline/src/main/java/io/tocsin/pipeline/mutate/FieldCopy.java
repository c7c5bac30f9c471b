package io.tocsin.pipeline.mutate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import io.tocsin.pipeline.enrich.FieldInput;
import io.tocsin.pipeline.enrich.FieldOutput;
import io.tocsin.pipeline.stage.OpenEvent;
import java.util.Arrays;

/// Copies one field to another. Between dynamic fields of the same type all values are copied, otherwise the text of
/// the first.
///
/// Thread-safety: one thread.
final class FieldCopy {
    private final FieldInput input;
    private final FieldOutput output;
    private final boolean manyValues;
    private long[] values = new long[4];

    FieldCopy(FieldReference from, FieldReference to) {
        input = new FieldInput(from);
        output = new FieldOutput(to, true);
        manyValues = from instanceof FieldReference.Dynamic source
                && to instanceof FieldReference.Dynamic target
                && source.kind().elementType() == target.kind().elementType();
    }

    /// Copies; false when there was nothing to copy.
    boolean copy(OpenEvent event) {
        if (manyValues
                && input.reference() instanceof FieldReference.Dynamic source
                && output.reference() instanceof FieldReference.Dynamic target) {
            return copyAll(event, source, target);
        }
        return input.read(event) && output.text(event, input.bytes(), input.offset(), input.length());
    }

    private boolean copyAll(OpenEvent event, FieldReference.Dynamic source, FieldReference.Dynamic target) {
        Event read = event.read();
        byte[] key = source.key().getBytes(UTF_8);
        int count = 0;
        for (int slot = read.dynamicSlot(source.kind(), key);
                slot >= 0;
                slot = read.dynamicSlot(source.kind(), key, slot + 1)) {
            if (count == values.length) {
                values = Arrays.copyOf(values, count * 2);
            }
            values[count++] = read.slotValue(slot);
        }
        if (count == 0) {
            return false;
        }
        output.clear(event);
        EventBuilder builder = event.write();
        byte[] name = target.key().getBytes(UTF_8);
        int at = builder.append(name, 0, name.length);
        DynamicKind kind = target.kind();
        for (int i = 0; i < (kind.isArray() || kind == DynamicKind.EXTRA ? count : 1); i++) {
            if (kind.elementType() == FieldType.STRING) {
                builder.addDynamicSpan(
                        kind, at, name.length, EventBatch.spanOffset(values[i]), EventBatch.spanLength(values[i]));
            } else {
                builder.addDynamicBits(kind, at, name.length, values[i]);
            }
        }
        return true;
    }
}
