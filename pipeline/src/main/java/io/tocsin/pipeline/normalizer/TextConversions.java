package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ComponentSpec;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.Locale;

/// Conversions that change characters of a text.
final class TextConversions {
    static final ComponentSpec<Conversion> APPEND =
            ComponentSpec.of("append", "Puts a text behind the value.", keys -> {
                var text = keys.text("text", "What to put behind.").required();
                return values -> new Join("", values.get(text));
            });

    static final ComponentSpec<Conversion> DROP_IF =
            ComponentSpec.of("dropIf", "Takes a value that is exactly this text for none.", keys -> {
                var text = keys.text("text", "What sources write in the place of nothing.")
                        .example("-")
                        .required();
                return values -> new DropIf(values.get(text));
            });

    static final ComponentSpec<Conversion> PREPEND =
            ComponentSpec.of("prepend", "Puts a text before the value.", keys -> {
                var text = keys.text("text", "What to put before.").required();
                return values -> new Join(values.get(text), "");
            });

    static final ComponentSpec<Conversion> LOWER =
            ComponentSpec.of("lower", "Makes all letters small.", _ -> _ -> new Letters(false));

    static final ComponentSpec<Conversion> UPPER =
            ComponentSpec.of("upper", "Makes all letters capital.", _ -> _ -> new Letters(true));

    static final ComponentSpec<Conversion> TRIM =
            ComponentSpec.of("trim", "Takes characters away from both ends.", keys -> {
                var characters = keys.text("characters", "ASCII characters to take away.")
                        .defaultTo(" \t\r\n");
                return values -> new Trim(values.get(characters));
            });

    static final ComponentSpec<Conversion> SUBSTRING =
            ComponentSpec.of("substring", "Keeps the characters of a range.", keys -> {
                var start = keys.integer(
                                "start",
                                "First character to keep, from 0; negative counts from the end.",
                                -1_000_000,
                                1_000_000)
                        .defaultTo(0);
                var end = keys.integer(
                                "end",
                                "Character before which to stop; negative counts from the end.",
                                -1_000_000,
                                1_000_000)
                        .optional();
                return values -> {
                    Integer stop = values.get(end);
                    return new Substring(values.get(start), stop == null ? Integer.MAX_VALUE : stop);
                };
            });

    static final ComponentSpec<Conversion> REPLACE =
            ComponentSpec.of("replace", "Puts a text in the place of each occurrence of another.", keys -> {
                var characters = keys.text("chars", "Text to look for.").required();
                var with = keys.text("with", "Text to put there.").defaultTo("");
                return values ->
                        new Replace(Conversions.bytes(values.get(characters)), Conversions.bytes(values.get(with)));
            });

    private TextConversions() {}

    /// Puts texts around the value.
    private static final class Join implements Conversion {
        private final byte[] before;
        private final byte[] after;

        Join(String before, String after) {
            this.before = Conversions.bytes(before);
            this.after = Conversions.bytes(after);
        }

        @Override
        public long apply(EventBuilder event, long span) {
            int length = EventBatch.spanLength(span);
            int total = before.length + length + after.length;
            int start = event.reserve(total);
            byte[] arena = event.arena();
            System.arraycopy(before, 0, arena, start, before.length);
            System.arraycopy(arena, EventBatch.spanOffset(span), arena, start + before.length, length);
            System.arraycopy(after, 0, arena, start + before.length + length, after.length);
            event.advance(total);
            return Conversion.span(start, total);
        }
    }

    /// Takes one text for no value.
    private static final class DropIf implements Conversion {
        private final byte[] text;

        DropIf(String text) {
            this.text = Conversions.bytes(text);
        }

        @Override
        public long apply(EventBuilder event, long span) {
            int from = EventBatch.spanOffset(span);
            boolean same = ByteScan.equal(event.arena(), from, from + EventBatch.spanLength(span), text);
            return same ? ABSENT : span;
        }
    }

    /// Changes the case. Text beyond ASCII takes the way through the library.
    private record Letters(boolean upper) implements Conversion {
        @Override
        public long apply(EventBuilder event, long span) {
            int offset = EventBatch.spanOffset(span);
            int length = EventBatch.spanLength(span);
            byte[] arena = event.arena();
            int first = upper ? 'a' : 'A';
            boolean changes = false;
            for (int i = offset; i < offset + length; i++) {
                if (arena[i] < 0) {
                    String text = new String(arena, offset, length, UTF_8);
                    byte[] changed =
                            Conversions.bytes(upper ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT));
                    return Conversion.span(event.append(changed, 0, changed.length), changed.length);
                }
                changes |= arena[i] >= first && arena[i] < first + 26;
            }
            if (!changes) {
                return span;
            }
            int start = event.reserve(length);
            arena = event.arena();
            for (int i = 0; i < length; i++) {
                byte next = arena[offset + i];
                arena[start + i] = next >= first && next < first + 26 ? (byte) (next ^ 0x20) : next;
            }
            event.advance(length);
            return Conversion.span(start, length);
        }
    }

    /// Takes characters away from both ends.
    private static final class Trim implements Conversion {
        private final boolean[] away = new boolean[128];

        Trim(String characters) {
            for (int i = 0; i < characters.length(); i++) {
                char c = characters.charAt(i);
                if (c >= 128) {
                    throw new IllegalArgumentException("only ASCII characters can be trimmed [character=" + c + "]");
                }
                away[c] = true;
            }
        }

        @Override
        public long apply(EventBuilder event, long span) {
            byte[] arena = event.arena();
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            while (from < to && arena[from] >= 0 && away[arena[from]]) {
                from++;
            }
            while (to > from && arena[to - 1] >= 0 && away[arena[to - 1]]) {
                to--;
            }
            return Conversion.span(from, to - from);
        }
    }

    /// Keeps a range of characters.
    private record Substring(int start, int end) implements Conversion {
        @Override
        public long apply(EventBuilder event, long span) {
            byte[] arena = event.arena();
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            int first = start;
            int last = end;
            if (start < 0 || end < 0) {
                int count = ByteScan.characters(arena, from, to);
                first = start < 0 ? Math.max(0, count + start) : start;
                last = end < 0 ? Math.max(0, count + end) : end;
            }
            if (last <= first) {
                return ABSENT;
            }
            int begin = ByteScan.afterCharacters(arena, from, to, first);
            int stop = last == Integer.MAX_VALUE ? to : ByteScan.afterCharacters(arena, from, to, last);
            return Conversion.span(begin, stop - begin);
        }
    }

    /// Replaces a text.
    private static final class Replace implements Conversion {
        private final byte[] wanted;
        private final byte[] with;

        Replace(byte[] wanted, byte[] with) {
            this.wanted = wanted;
            this.with = with;
            if (wanted.length == 0) {
                throw new IllegalArgumentException("the text to look for is empty [key=chars]");
            }
        }

        @Override
        public long apply(EventBuilder event, long span) {
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            int at = ByteScan.indexOf(event.arena(), from, to, wanted);
            if (at < 0) {
                return span;
            }
            int count = 0;
            for (int next = at; next >= 0; count++) {
                next = ByteScan.indexOf(event.arena(), next + wanted.length, to, wanted);
            }
            int total = Math.addExact(to - from, Math.multiplyExact(count, with.length - wanted.length));
            int start = event.reserve(total);
            byte[] arena = event.arena();
            int out = start;
            int copied = from;
            while (at >= 0) {
                System.arraycopy(arena, copied, arena, out, at - copied);
                out += at - copied;
                System.arraycopy(with, 0, arena, out, with.length);
                out += with.length;
                copied = at + wanted.length;
                at = ByteScan.indexOf(arena, copied, to, wanted);
            }
            System.arraycopy(arena, copied, arena, out, to - copied);
            event.advance(total);
            return Conversion.span(start, total);
        }
    }
}
