package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ValueTypes;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Conversions between one value and several, and from one value to another by a list.
final class ListConversions {
    static final ComponentSpec<Conversion> SPLIT = ComponentSpec.of(
            "split",
            "Makes several values of one, for SA.x, NA.x and FA.x; what is written behind it converts each of them.",
            keys -> {
                var at = keys.text("at", "Text at which to split.").defaultTo(",");
                return values -> {
                    if (values.get(at).isEmpty()) {
                        values.refuse("at", "a delimiter needs at least one character [key=at]");
                    }
                    return new Split(Conversions.bytes(values.get(at)));
                };
            });

    static final ComponentSpec<Conversion> JOIN =
            ComponentSpec.of("join", "Makes one text of a JSON array; anything else stays as it is.", keys -> {
                var with = keys.text("with", "What to put between.").defaultTo(", ");
                return values -> new Join(Conversions.bytes(values.get(with)));
            });

    static final ComponentSpec<Conversion> MAP =
            ComponentSpec.of("map", "Puts another text in the place of a value, by a list.", keys -> {
                var values = keys.mapping("values", "Values and what to put in their place.", ValueTypes.TEXT)
                        .required();
                var otherwise = keys.text(
                                "otherwise", "What to put in the place of any other value; left out, it stays.")
                        .optional();
                return read -> {
                    String rest = read.get(otherwise);
                    return new Lookup(read.get(values), rest == null ? null : Conversions.bytes(rest));
                };
            });

    private ListConversions() {}

    /// Place of the conversion that makes several values of one, or -1.
    static int split(Conversion[] conversions) {
        for (int i = 0; i < conversions.length; i++) {
            if (conversions[i] instanceof Split) {
                return i;
            }
        }
        return -1;
    }

    /// Makes several values of one; the writer of fields asks for them one after another. Alone it changes nothing.
    static final class Split implements Conversion {
        private final byte[] delimiter;

        Split(byte[] delimiter) {
            this.delimiter = delimiter;
        }

        int length() {
            return delimiter.length;
        }

        /// Where the value that begins at `from` ends.
        int end(byte[] text, int from, int to) {
            int found = ByteScan.indexOf(text, from, to, delimiter);
            return found < 0 ? to : found;
        }

        @Override
        public long apply(EventBuilder event, long span) {
            return span;
        }
    }

    /// Puts a text between the elements of a JSON array.
    private static final class Join implements Conversion {
        private final byte[] with;

        Join(byte[] with) {
            this.with = with;
        }

        @Override
        public long apply(EventBuilder event, long span) {
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            byte[] text = event.arena();
            if (to - from < 2 || text[from] != '[' || text[to - 1] != ']') {
                return span;
            }
            int out = event.reserve(0);
            int start = out;
            boolean first = true;
            int at = ByteScan.skipSpaces(text, from + 1, to - 1);
            while (at < to - 1) {
                int end = JsonText.afterValue(text, at, to - 1);
                if (end < 0) {
                    break;
                }
                if (!first) {
                    event.append(with, 0, with.length);
                }
                first = false;
                if (text[at] == '"') {
                    int copy = event.reserve(end - at);
                    event.advance(JsonText.decode(text, at + 1, end - 1, event.arena(), copy));
                } else {
                    event.append(text, at, end - at);
                }
                at = ByteScan.skipSpaces(text, end, to - 1);
                if (at < to - 1 && text[at] == ',') {
                    at = ByteScan.skipSpaces(text, at + 1, to - 1);
                }
            }
            return Conversion.span(start, event.batch().arenaLength() - start);
        }
    }

    /// Looks a value up.
    private static final class Lookup implements Conversion {
        private final KeyTable<byte[]> values;
        private final byte @Nullable [] otherwise;

        Lookup(Map<String, String> values, byte @Nullable [] otherwise) {
            Map<String, byte[]> entries = new java.util.LinkedHashMap<>();
            values.forEach((value, replacement) -> entries.put(value, Conversions.bytes(replacement)));
            this.values = new KeyTable<>(entries);
            this.otherwise = otherwise;
        }

        @Override
        public long apply(EventBuilder event, long span) {
            byte[] found = values.find(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
            byte[] text = found == null ? otherwise : found;
            return text == null ? span : Conversion.span(event.append(text, 0, text.length), text.length);
        }
    }
}
