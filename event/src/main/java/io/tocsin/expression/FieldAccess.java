package io.tocsin.expression;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import java.nio.charset.StandardCharsets;

/// Goes through the values of one field of an event, without allocation, until a test holds. Empty texts are no
/// values.
///
/// Thread-safety: one thread.
abstract sealed class FieldAccess {
    /// True when a value of the field passes the test.
    abstract boolean any(Event event, ValueTest test);

    /// Multiplies the cost of a test.
    abstract int factor();

    static FieldAccess of(FieldReference reference, Scratch scratch) {
        return switch (reference) {
            case FieldReference.Fixed(Field field) ->
                field == Field.ID
                        ? new Identifier(scratch)
                        : switch (field.type()) {
                            case STRING -> new Text(field);
                            case INTEGER, TIMESTAMP -> new Whole(field);
                            case FLOAT -> new Real(field);
                            case STRING_ARRAY -> new TextArray(field);
                        };
            case FieldReference.Dynamic(DynamicKind kind, String key) ->
                new Dynamic(kind, key.getBytes(StandardCharsets.UTF_8));
            case FieldReference.AnyField ignored -> new AnyText();
        };
    }

    private static boolean text(Event event, long span, ValueTest test) {
        int length = EventBatch.spanLength(span);
        return length > 0 && test.text(event.arena(), EventBatch.spanOffset(span), length);
    }

    private static final class Identifier extends FieldAccess {
        private final Scratch scratch;

        Identifier(Scratch scratch) {
            this.scratch = scratch;
        }

        @Override
        boolean any(Event event, ValueTest test) {
            scratch.identifier(event);
            return test.text(scratch.text(), 0, 36);
        }

        @Override
        int factor() {
            return 4;
        }
    }

    private static final class Text extends FieldAccess {
        private final Field field;

        Text(Field field) {
            this.field = field;
        }

        @Override
        boolean any(Event event, ValueTest test) {
            long span = event.span(field);
            return span >= 0 && text(event, span, test);
        }

        @Override
        int factor() {
            // Raw is the longest text by far.
            return field == Field.RAW ? 8 : 1;
        }
    }

    private static final class Whole extends FieldAccess {
        private final Field field;

        Whole(Field field) {
            this.field = field;
        }

        @Override
        boolean any(Event event, ValueTest test) {
            return event.has(field) && test.integer(event.integer(field, 0));
        }

        @Override
        int factor() {
            return 1;
        }
    }

    private static final class Real extends FieldAccess {
        private final Field field;

        Real(Field field) {
            this.field = field;
        }

        @Override
        boolean any(Event event, ValueTest test) {
            return event.has(field) && test.real(event.real(field, 0));
        }

        @Override
        int factor() {
            return 1;
        }
    }

    private static final class TextArray extends FieldAccess {
        private final Field field;

        TextArray(Field field) {
            this.field = field;
        }

        @Override
        boolean any(Event event, ValueTest test) {
            if (!event.has(field)) {
                return false;
            }
            for (int slot = event.start(); slot < event.end(); slot++) {
                if (event.slotCode(slot) == field.code() && text(event, event.slotValue(slot), test)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        int factor() {
            return 4;
        }
    }

    private static final class Dynamic extends FieldAccess {
        private final DynamicKind kind;
        private final byte[] key;
        private final FieldType type;

        Dynamic(DynamicKind kind, byte[] key) {
            this.kind = kind;
            this.key = key;
            this.type = kind.elementType();
        }

        @Override
        boolean any(Event event, ValueTest test) {
            int slot = event.dynamicSlot(kind, key);
            while (slot >= 0) {
                long value = event.slotValue(slot);
                boolean holds = switch (type) {
                    case STRING, STRING_ARRAY -> text(event, value, test);
                    case INTEGER, TIMESTAMP -> test.integer(value);
                    case FLOAT -> test.real(Double.longBitsToDouble(value));
                };
                if (holds) {
                    return true;
                }
                slot = event.dynamicSlot(kind, key, slot + 1);
            }
            return false;
        }

        @Override
        int factor() {
            return 6;
        }
    }

    /// All texts of the source and `Raw`, when it is kept.
    private static final class AnyText extends FieldAccess {
        private static final boolean[] SEARCHED = searched();

        @Override
        boolean any(Event event, ValueTest test) {
            for (int slot = event.start(); slot < event.end(); slot++) {
                if (SEARCHED[event.slotCode(slot)] && text(event, event.slotValue(slot), test)) {
                    return true;
                }
            }
            long raw = event.span(Field.RAW);
            return raw >= 0 && text(event, raw, test);
        }

        @Override
        int factor() {
            return 30;
        }

        private static boolean[] searched() {
            boolean[] searched = new boolean[Fields.CODE_LIMIT];
            for (Field field : Field.values()) {
                boolean text = field.type() == FieldType.STRING || field.type() == FieldType.STRING_ARRAY;
                searched[field.code()] = text && field.group() != FieldGroup.SERVICE;
            }
            for (DynamicKind kind : DynamicKind.values()) {
                searched[kind.code()] = kind.elementType() == FieldType.STRING;
            }
            return searched;
        }
    }
}
