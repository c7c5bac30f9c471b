package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ComponentSpec;
import io.tocsin.error.TocsinException;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.expression.BoundedRegex;
import java.io.ByteArrayOutputStream;

/// Conversions by regular expressions in RE2 syntax.
final class RegexpConversions {
    static final ComponentSpec<Conversion> REGEXP = ComponentSpec.of(
            "regexp", "Keeps what matches: the first group, or all of it; no match, no value.", keys -> {
                var expression = keys.text("expression", "Regular expression in RE2 syntax.")
                        .required();
                return values -> new Extract(compile(values.get(expression)));
            });

    static final ComponentSpec<Conversion> REPLACE_REGEXP = ComponentSpec.of(
            "replaceRegexp", "Puts a text in the place of each match; $1 stands for the first group.", keys -> {
                var expression = keys.text("expression", "Regular expression in RE2 syntax.")
                        .required();
                var with = keys.text("with", "Text to put there; $0 is the match, $1 to $9 are groups, $$ is a dollar.")
                        .defaultTo("");
                return values -> new ReplaceAll(compile(values.get(expression)), values.get(with));
            });

    /// Most steps that one expression may take on one text: instructions of its program times bytes.
    private static final long MAXIMUM_STEPS = 1L << 27;
    /// What is always looked at.
    private static final int LEAST_BYTES = 1 << 16;

    private RegexpConversions() {}

    /// How many bytes of a text an expression may look at, so that a long text and a large expression together take
    /// bounded time.
    static int affordable(BoundedRegex regex, int length) {
        if (length <= LEAST_BYTES) {
            return length;
        }
        return (int) Math.min(length, Math.max(LEAST_BYTES, MAXIMUM_STEPS / Math.max(1, regex.instructions())));
    }

    /// @throws IllegalArgumentException when the text is no regular expression
    static BoundedRegex compile(String expression) {
        try {
            return BoundedRegex.compile(expression, false);
        } catch (TocsinException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// Keeps the first group, or the whole match.
    ///
    /// Thread-safety: one thread.
    private record Extract(BoundedRegex regex) implements Conversion {
        @Override
        public long apply(EventBuilder event, long span) {
            int length = affordable(regex, EventBatch.spanLength(span));
            if (!regex.find(event.arena(), EventBatch.spanOffset(span), length)) {
                return ABSENT;
            }
            int group = regex.groupCount() > 0 ? 1 : 0;
            int start = regex.start(group);
            return start < 0 ? ABSENT : Conversion.span(start, regex.end(group) - start);
        }

        @Override
        public Conversion forThread() {
            return new Extract(regex.copy());
        }
    }

    /// Replaces each match.
    ///
    /// Thread-safety: one thread.
    private record ReplaceAll(BoundedRegex regex, String with) implements Conversion {
        /// A result may not grow beyond this many bytes; the value then stays as it is.
        private static final int LONGEST_RESULT = 4 << 20;

        ReplaceAll {
            for (int i = 0; i + 1 < with.length(); i++) {
                if (with.charAt(i) == '$') {
                    char next = with.charAt(++i);
                    if (next >= '1' && next <= '9' && next - '0' > regex.groupCount()) {
                        throw new IllegalArgumentException(
                                "the expression has no such group [group=" + next + ", with=" + with + "]");
                    }
                }
            }
        }

        @Override
        public long apply(EventBuilder event, long span) {
            byte[] text = event.arena();
            int from = EventBatch.spanOffset(span);
            int to = from + EventBatch.spanLength(span);
            ByteArrayOutputStream out = new ByteArrayOutputStream(to - from + 16);
            int end = from + affordable(regex, to - from);
            boolean found = regex.find(text, from, end - from);
            if (!found) {
                return span;
            }
            int at = from;
            // Finding the next match may look at everything behind it.
            long steps = Math.max(MAXIMUM_STEPS / Math.max(1, regex.instructions()), end - from);
            while (found && out.size() <= LONGEST_RESULT && steps > 0) {
                out.write(text, at, regex.start(0) - at);
                expand(text, out);
                at = regex.end(0);
                steps -= end - at;
                found = regex.findNext();
            }
            if (out.size() > LONGEST_RESULT) {
                return span;
            }
            out.write(text, at, to - at);
            byte[] result = out.toByteArray();
            return Conversion.span(event.append(result, 0, result.length), result.length);
        }

        private void expand(byte[] text, ByteArrayOutputStream out) {
            for (int i = 0; i < with.length(); i++) {
                char next = with.charAt(i);
                if (next == '$' && i + 1 < with.length()) {
                    char code = with.charAt(i + 1);
                    if (code == '$') {
                        out.write('$');
                        i++;
                        continue;
                    }
                    if (code >= '0' && code <= '9') {
                        int start = regex.start(code - '0');
                        if (start >= 0) {
                            out.write(text, start, regex.end(code - '0') - start);
                        }
                        i++;
                        continue;
                    }
                }
                byte[] bytes = with.substring(i, i + (Character.isHighSurrogate(next) && i + 1 < with.length() ? 2 : 1))
                        .getBytes(UTF_8);
                out.write(bytes, 0, bytes.length);
                i += Character.isHighSurrogate(next) && i + 1 < with.length() ? 1 : 0;
            }
        }

        @Override
        public Conversion forThread() {
            return new ReplaceAll(regex.copy(), with);
        }
    }
}
