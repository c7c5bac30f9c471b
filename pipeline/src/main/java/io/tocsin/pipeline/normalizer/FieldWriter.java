package io.tocsin.pipeline.normalizer;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Writes parts of a source text to the fields of the open event: converts, checks type and size, keeps what fits
/// nowhere.
///
/// A value of the wrong type goes to `Extra` under the field's name; text longer than the field is cut in the field
/// and kept whole in `Extra`; both are noted in `ParseError` and counted. An empty value is no value.
///
/// Thread-safety: one thread.
final class FieldWriter {
    /// Values without a field that one event may keep; what is beyond is in `Raw` only, and noted.
    static final int MAXIMUM_EXTRA = 1000;
    /// Values in lists that one event may hold; what is beyond is in `Raw` only, and noted.
    static final int MAXIMUM_ELEMENTS = 10_000;

    private final boolean keepExtra;
    private final long[] registers;
    private final TimeReader times;
    private final ParseNotes notes;
    private final NormalizerCounters counters;
    private int extra;
    private int elements;

    FieldWriter(boolean keepExtra, int registers, TimeReader times, ParseNotes notes, NormalizerCounters counters) {
        this.keepExtra = keepExtra;
        this.registers = new long[registers];
        this.times = times;
        this.notes = notes;
        this.counters = counters;
    }

    /// Forgets what the registers hold; call before each text.
    void begin() {
        if (registers.length > 0) {
            Arrays.fill(registers, -1);
        }
        extra = 0;
        elements = 0;
    }

    /// Span that was written to a register, or -1.
    long register(int index) {
        return registers[index];
    }

    TimeReader times() {
        return times;
    }

    ParseNotes notes() {
        return notes;
    }

    /// True when values without a target are kept.
    boolean keepsExtra() {
        return keepExtra;
    }

    /// True until an event has [#MAXIMUM_EXTRA] values without a field.
    boolean takesExtra() {
        return extra < MAXIMUM_EXTRA;
    }

    /// Writes the value to `target` and those behind it; without a target it goes to `Extra` when extras are kept.
    ///
    /// @param keyOffset the source key in the arena
    /// @param offset the value in the arena
    void accept(EventBuilder event, @Nullable Target target, int keyOffset, int keyLength, int offset, int length) {
        if (target != null) {
            write(event, target, offset, length);
        } else if (keepExtra) {
            extra(event, keyOffset, keyLength, offset, length);
        }
    }

    /// Keeps a value that no field is meant for.
    void extra(EventBuilder event, int keyOffset, int keyLength, int offset, int length) {
        if (length == 0) {
            return;
        }
        if (++extra > MAXIMUM_EXTRA) {
            if (extra == MAXIMUM_EXTRA + 1) {
                notes.add("Extra", "more than " + MAXIMUM_EXTRA + " values without a field; the rest is in Raw only");
                event.setFlag(EventBatch.FLAG_KEEP_RAW);
            }
            return;
        }
        event.addDynamicSpan(DynamicKind.EXTRA, keyOffset, keyLength, offset, length);
    }

    /// Keeps a value under a key that is not in the arena.
    void extra(EventBuilder event, byte[] key, int offset, int length) {
        if (keepExtra && length > 0) {
            extra(event, event.append(key, 0, key.length), key.length, offset, length);
        }
    }

    /// Writes a text to a target and those behind it.
    void write(EventBuilder event, Target first, int offset, int length) {
        if (first.isPlain) {
            Field field = first.field;
            if (first.isDirect && field != null && length > 0 && length <= first.size) {
                event.setSpan(field, offset, length);
            } else {
                one(event, first, offset, length);
            }
            return;
        }
        for (Target target = first; target != null; target = target.next) {
            if (target.conversions.length == 0) {
                one(event, target, offset, length);
            } else if (target.split >= 0) {
                several(event, target, Conversion.span(offset, length));
            } else {
                long span = convert(event, target.conversions, Conversion.span(offset, length));
                if (span != Conversion.ABSENT) {
                    one(event, target, EventBatch.spanOffset(span), EventBatch.spanLength(span));
                }
            }
        }
    }

    /// Writes each of the values that a conversion makes of one; what is converted behind it is converted one by one.
    private void several(EventBuilder event, Target target, long whole) {
        long span = whole;
        for (int i = 0; i < target.split && span != Conversion.ABSENT; i++) {
            span = target.conversions[i].apply(event, span);
        }
        if (span == Conversion.ABSENT || !(target.conversions[target.split] instanceof ListConversions.Split split)) {
            return;
        }
        int at = EventBatch.spanOffset(span);
        int to = at + EventBatch.spanLength(span);
        while (at <= to) {
            int end = split.end(event.arena(), at, to);
            long piece = at == end ? Conversion.ABSENT : Conversion.span(at, end - at);
            for (int i = target.split + 1; i < target.conversions.length && piece != Conversion.ABSENT; i++) {
                piece = target.conversions[i].apply(event, piece);
            }
            if (piece != Conversion.ABSENT) {
                one(event, target, EventBatch.spanOffset(piece), EventBatch.spanLength(piece));
            }
            at = end + split.length();
        }
    }

    /// Runs conversions one after another.
    static long convert(EventBuilder event, Conversion[] conversions, long span) {
        long result = span;
        for (Conversion conversion : conversions) {
            result = conversion.apply(event, result);
            if (result == Conversion.ABSENT) {
                return result;
            }
        }
        return result;
    }

    /// Writes a time that was already read; other targets get the text.
    void writeTime(EventBuilder event, Target first, long millis, int offset, int length) {
        for (Target target = first; target != null; target = target.next) {
            Field field = target.field;
            if (target.kind == Target.Kind.TIME && target.conversions.length == 0 && field != null) {
                if (!target.onlyWhenEmpty || !event.has(field)) {
                    event.setInteger(field, millis);
                    label(event, target);
                }
            } else if (target.conversions.length == 0) {
                one(event, target, offset, length);
            } else if (target.split >= 0) {
                several(event, target, Conversion.span(offset, length));
            } else {
                long span = convert(event, target.conversions, Conversion.span(offset, length));
                if (span != Conversion.ABSENT) {
                    one(event, target, EventBatch.spanOffset(span), EventBatch.spanLength(span));
                }
            }
        }
    }

    private void one(EventBuilder event, Target target, int offset, int length) {
        if (length == 0) {
            return;
        }
        Field field = target.field;
        if (field == null) {
            withoutField(event, target, offset, length);
            return;
        }
        if (target.onlyWhenEmpty && event.has(field)) {
            return;
        }
        switch (target.kind) {
            case TEXT -> {
                if (length <= target.size) {
                    event.setSpan(field, offset, length);
                } else {
                    longText(event, target, field, offset, length);
                }
            }
            case INTEGER -> integer(event, target, field, offset, length);
            case TIME -> {
                long millis = times.read(event.arena(), offset, offset + length, event.receivedNanos() / 1_000_000);
                if (millis == TimeReader.NONE) {
                    counters.unreadableTime();
                    refuse(event, target, "not a time", offset, length);
                    return;
                }
                event.setInteger(field, millis);
            }
            case FLOAT -> {
                double value = Numbers.fraction(event.arena(), offset, offset + length);
                if (Double.isNaN(value)) {
                    refuse(event, target, "not a number", offset, length);
                    return;
                }
                event.setFloat(field, value);
            }
            case DIRECTION -> {
                int direction = Numbers.direction(event.arena(), offset, offset + length);
                if (direction < 0) {
                    integer(event, target, field, offset, length);
                } else {
                    event.setInteger(field, direction);
                }
            }
            case DYNAMIC, REGISTER -> withoutField(event, target, offset, length);
        }
        label(event, target);
    }

    private static void label(EventBuilder event, Target target) {
        Field labelField = target.labelField;
        if (labelField != null) {
            event.setText(labelField, target.label, 0, target.label.length);
        }
    }

    private void integer(EventBuilder event, Target target, Field field, int offset, int length) {
        byte[] bytes = event.arena();
        long value = ByteScan.integer(bytes, offset, offset + length);
        if (value == ByteScan.NO_NUMBER) {
            value = Numbers.whole(bytes, offset, offset + length);
            if (value == ByteScan.NO_NUMBER) {
                refuse(event, target, "not a whole number", offset, length);
                return;
            }
        }
        event.setInteger(field, value);
    }

    private void longText(EventBuilder event, Target target, Field field, int offset, int length) {
        byte[] bytes = event.arena();
        int end = ByteScan.afterCharacters(bytes, offset, offset + length, target.size);
        if (end < offset + length) {
            int characters = ByteScan.characters(bytes, offset, offset + length);
            notes.add(target.name, "cut [characters=" + characters + ", limit=" + target.size + "], whole in Extra");
            counters.cutValue();
            keep(event, target, offset, length);
        }
        event.setSpan(field, offset, end - offset);
    }

    private void refuse(EventBuilder event, Target target, String reason, int offset, int length) {
        notes.add(target.name, reason + ", kept in Extra", event.arena(), offset, length);
        counters.unconvertedValue();
        keep(event, target, offset, length);
    }

    /// Keeps a whole value under the name of the field that could not take it, whether extras are kept or not.
    private void keep(EventBuilder event, Target target, int offset, int length) {
        byte[] name = target.extraKey();
        extra(event, event.append(name, 0, name.length), name.length, offset, length);
    }

    private void withoutField(EventBuilder event, Target target, int offset, int length) {
        if (target.kind == Target.Kind.REGISTER) {
            registers[target.register] = Conversion.span(offset, length);
            return;
        }
        DynamicKind family = target.dynamic;
        if (family == null) {
            return;
        }
        byte[] bytes = event.arena();
        long bits = 0;
        switch (family) {
            case N, NA -> {
                bits = ByteScan.integer(bytes, offset, offset + length);
                if (bits == ByteScan.NO_NUMBER) {
                    bits = Numbers.whole(bytes, offset, offset + length);
                }
                if (bits == ByteScan.NO_NUMBER) {
                    refuse(event, target, "not a whole number", offset, length);
                    return;
                }
            }
            case F, FA -> {
                double value = Numbers.fraction(bytes, offset, offset + length);
                if (Double.isNaN(value)) {
                    refuse(event, target, "not a number", offset, length);
                    return;
                }
                bits = Double.doubleToRawLongBits(value);
            }
            case EXTRA, S, SA -> {}
        }
        if (family.isArray() && ++elements > MAXIMUM_ELEMENTS) {
            if (elements == MAXIMUM_ELEMENTS + 1) {
                notes.add(target.name, "more than " + MAXIMUM_ELEMENTS + " values in lists; the rest is in Raw only");
                counters.cutValue();
                event.setFlag(EventBatch.FLAG_KEEP_RAW);
            }
            return;
        }
        int key = event.append(target.key, 0, target.key.length);
        if (family.elementType() == FieldType.STRING) {
            event.addDynamicSpan(family, key, target.key.length, offset, length);
        } else {
            event.addDynamicBits(family, key, target.key.length, bits);
        }
    }
}
