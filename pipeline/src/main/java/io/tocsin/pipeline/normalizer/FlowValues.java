package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.normalizer.flow.ElementType;
import io.tocsin.pipeline.normalizer.flow.FlowBytes;
import org.jspecify.annotations.Nullable;

/// Writes the typed values of flow records to where their parts go. Without a target a value goes to the extended
/// field of its type (`N`, `S`, `F`), when such fields are kept. Immutable.
final class FlowValues {
    private static final byte[] TRUE = "true".getBytes(UTF_8);
    private static final byte[] FALSE = "false".getBytes(UTF_8);
    /// From 1900, where NTP begins, to 1970.
    private static final long NTP_SECONDS = 2_208_988_800L;

    private FlowValues() {}

    /// A part of records: its name and where it goes. Immutable, but its target may have state.
    static final class Part {
        private final byte[] key;
        private final @Nullable Target target;

        private Part(String name, @Nullable Target target) {
            this.key = name.getBytes(UTF_8);
            this.target = target;
        }

        static Part of(String name, SourceMapping mapping) {
            return new Part(name, mapping.get(name));
        }

        @Nullable
        Target target() {
            return target;
        }
    }

    /// Writes the value of an information element.
    static void element(EventBuilder event, FieldWriter writer, Part part, ElementType type, int offset, int length) {
        byte[] bytes = event.arena();
        switch (type) {
            case UNSIGNED -> {
                if (length <= 8 && length > 0) {
                    unsigned(event, writer, part, FlowBytes.unsigned(bytes, offset, length), length);
                } else {
                    octets(event, writer, part, offset, length);
                }
            }
            case SIGNED -> {
                if (length <= 8 && length > 0) {
                    number(event, writer, part, FlowBytes.signed(bytes, offset, length));
                } else {
                    octets(event, writer, part, offset, length);
                }
            }
            case FLOAT -> fraction(event, writer, part, offset, length);
            case BOOLEAN -> word(event, writer, part, length == 1 && bytes[offset] == 1 ? TRUE : FALSE);
            case MAC -> {
                if (length == 6) {
                    span(event, writer, part, FlowText.mac(event, offset));
                } else {
                    octets(event, writer, part, offset, length);
                }
            }
            case IPV4 -> {
                if (length == 4) {
                    span(event, writer, part, FlowText.ipv4(event, offset));
                } else {
                    octets(event, writer, part, offset, length);
                }
            }
            case IPV6 -> {
                if (length == 16) {
                    span(event, writer, part, FlowText.ipv6(event, offset));
                } else {
                    octets(event, writer, part, offset, length);
                }
            }
            case STRING -> {
                int end = textEnd(bytes, offset, length);
                span(event, writer, part, Conversion.span(offset, end - offset));
            }
            case SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS -> {
                if (length <= 8 && length > 0) {
                    number(event, writer, part, time(bytes, type, offset, length));
                } else {
                    octets(event, writer, part, offset, length);
                }
            }
            case OCTETS, LIST -> octets(event, writer, part, offset, length);
            case UNKNOWN -> unknown(event, writer, part, offset, length);
        }
    }

    private static int textEnd(byte[] bytes, int offset, int length) {
        int end = offset + length;
        while (end > offset && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    /// A time in the unit that its type names, since 1970. Micro- and nanoseconds of eight bytes are NTP times (RFC
    /// 7011, section 6.1.9).
    private static long time(byte[] bytes, ElementType type, int offset, int length) {
        long value = FlowBytes.unsigned(bytes, offset, length);
        if (length == 8 && (type == ElementType.MICROSECONDS || type == ElementType.NANOSECONDS)) {
            long unit = type == ElementType.MICROSECONDS ? 1_000_000L : 1_000_000_000L;
            long seconds = (value >>> 32) - NTP_SECONDS;
            return (seconds * unit) + (((value & 0xFFFFFFFFL) * unit) >>> 32);
        }
        return value;
    }

    /// A time as milliseconds since the epoch.
    static long millis(byte[] bytes, ElementType type, int offset, int length) {
        if (length > 8 || length == 0) {
            return -1;
        }
        long value = time(bytes, type, offset, length);
        return switch (type) {
            case SECONDS -> value * 1000;
            case MICROSECONDS -> Math.floorDiv(value, 1000);
            case NANOSECONDS -> Math.floorDiv(value, 1_000_000);
            default -> value;
        };
    }

    private static void unsigned(EventBuilder event, FieldWriter writer, Part part, long value, int length) {
        if (value >= 0 || length < 8) {
            number(event, writer, part, value);
            return;
        }
        // Greater than any signed number: kept as text.
        byte[] text = Long.toUnsignedString(value).getBytes(UTF_8);
        int start = event.append(text, 0, text.length);
        if (writer.keepsExtra()) {
            writer.extra(event, event.append(part.key, 0, part.key.length), part.key.length, start, text.length);
        }
    }

    /// Writes a number.
    static void number(EventBuilder event, FieldWriter writer, Part part, long value) {
        Target target = part.target;
        if (target == null) {
            if (writer.keepsExtra()) {
                int key = event.append(part.key, 0, part.key.length);
                event.addDynamicBits(DynamicKind.N, key, part.key.length, value);
            }
            return;
        }
        Field field = target.field;
        if (target.next() == null && target.conversions.length == 0 && target.labelField == null) {
            if (field != null && target.kind == Target.Kind.INTEGER) {
                if (!target.onlyWhenEmpty || !event.has(field)) {
                    event.setInteger(field, value);
                }
                return;
            }
            if (target.dynamic == DynamicKind.N || target.dynamic == DynamicKind.NA) {
                event.addDynamicBits(
                        target.dynamic, event.append(target.key, 0, target.key.length), target.key.length, value);
                return;
            }
        }
        long text = FlowText.number(event, value);
        writer.write(event, target, EventBatch.spanOffset(text), EventBatch.spanLength(text));
    }

    /// Writes a time.
    static void time(EventBuilder event, FieldWriter writer, Part part, long millis) {
        Target target = part.target;
        if (target == null) {
            return;
        }
        if (target.kind == Target.Kind.TIME && target.next() == null && target.conversions.length == 0) {
            writer.writeTime(event, target, millis, 0, 0);
        } else {
            long text = FlowText.number(event, millis);
            writer.writeTime(event, target, millis, EventBatch.spanOffset(text), EventBatch.spanLength(text));
        }
    }

    private static void fraction(EventBuilder event, FieldWriter writer, Part part, int offset, int length) {
        byte[] bytes = event.arena();
        if (length != 4 && length != 8) {
            octets(event, writer, part, offset, length);
            return;
        }
        double value = length == 8
                ? Double.longBitsToDouble(FlowBytes.unsigned(bytes, offset, 8))
                : Float.intBitsToFloat((int) FlowBytes.unsigned(bytes, offset, 4));
        Target target = part.target;
        if (target == null) {
            if (writer.keepsExtra() && Double.isFinite(value)) {
                int key = event.append(part.key, 0, part.key.length);
                event.addDynamicBits(DynamicKind.F, key, part.key.length, Double.doubleToRawLongBits(value));
            }
            return;
        }
        byte[] text = Double.toString(value).getBytes(UTF_8);
        writer.write(event, target, event.append(text, 0, text.length), text.length);
    }

    /// Writes a fixed text; nothing when it is empty.
    static void word(EventBuilder event, FieldWriter writer, Part part, byte[] text) {
        if (text.length > 0 && (part.target != null || writer.keepsExtra())) {
            span(event, writer, part, Conversion.span(event.append(text, 0, text.length), text.length));
        }
    }

    /// Writes a text that lies in the arena.
    static void span(EventBuilder event, FieldWriter writer, Part part, long span) {
        int length = EventBatch.spanLength(span);
        if (length == 0) {
            return;
        }
        int offset = EventBatch.spanOffset(span);
        Target target = part.target;
        if (target != null) {
            writer.write(event, target, offset, length);
        } else if (writer.keepsExtra()) {
            int key = event.append(part.key, 0, part.key.length);
            event.addDynamicSpan(DynamicKind.S, key, part.key.length, offset, length);
        }
    }

    private static void octets(EventBuilder event, FieldWriter writer, Part part, int offset, int length) {
        if (length > 0 && (part.target != null || writer.keepsExtra())) {
            span(event, writer, part, FlowText.hex(event, offset, length));
        }
    }

    private static void unknown(EventBuilder event, FieldWriter writer, Part part, int offset, int length) {
        if (length == 0 || (part.target == null && !writer.keepsExtra())) {
            return;
        }
        byte[] bytes = event.arena();
        int end = textEnd(bytes, offset, length);
        long span;
        if (length <= 8) {
            long value = FlowBytes.unsigned(bytes, offset, length);
            if (value >= 0) {
                span = FlowText.number(event, value);
            } else {
                byte[] text = Long.toUnsignedString(value).getBytes(UTF_8);
                span = Conversion.span(event.append(text, 0, text.length), text.length);
            }
        } else if (end > offset && printable(bytes, offset, end)) {
            span = Conversion.span(offset, end - offset);
        } else {
            span = FlowText.hex(event, offset, length);
        }
        Target target = part.target;
        if (target != null) {
            writer.write(event, target, EventBatch.spanOffset(span), EventBatch.spanLength(span));
        } else {
            writer.extra(
                    event,
                    event.append(part.key, 0, part.key.length),
                    part.key.length,
                    EventBatch.spanOffset(span),
                    EventBatch.spanLength(span));
        }
    }

    private static boolean printable(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] < ' ' || bytes[i] == 127) {
                return false;
            }
        }
        return true;
    }
}
