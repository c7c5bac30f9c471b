package io.tocsin.correlator.rule;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A pattern of texts and wildcards, matched without backtracking beyond the last `*`: at most (pattern ×
/// value) steps.
///
/// Thread-safety: immutable.
public final class Wildcards {
    /// Stands for any run of characters, in [#codes].
    private static final int ANY_RUN = -1;

    /// Stands for exactly one character.
    private static final int ANY_ONE = -2;

    private final List<String> pieces;
    private final boolean single;
    private final int[] codes;

    private Wildcards(List<Object> tokens) {
        List<String> texts = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        List<Integer> all = new ArrayList<>();
        boolean one = false;
        for (Object token : tokens) {
            if (token instanceof String text) {
                piece.append(text);
                for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
                    all.add(each & 0xFF);
                }
            } else if (token.equals(true)) {
                if (all.isEmpty() || all.getLast() != ANY_RUN) {
                    texts.add(piece.toString());
                    piece.setLength(0);
                    all.add(ANY_RUN);
                }
            } else {
                one = true;
                texts.add(piece.toString());
                piece.setLength(0);
                all.add(ANY_ONE);
            }
        }
        texts.add(piece.toString());
        pieces = List.copyOf(texts);
        single = one;
        codes = all.stream().mapToInt(Integer::intValue).toArray();
    }

    /// Reads a Sigma text: `*` and `?` are wildcards, `\*`, `\?` and `\\` before a wildcard stand for the
    /// character itself, and every other `\` is an ordinary character.
    public static Wildcards parse(String text) {
        Builder builder = new Builder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
            if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
                builder.text(String.valueOf(next));
                i++;
            } else if (c == '*') {
                builder.anyRun();
            } else if (c == '?') {
                builder.anyOne();
            } else {
                builder.text(String.valueOf(c));
            }
        }
        return builder.build();
    }

    /// A text without wildcards.
    public static Wildcards literal(String text) {
        return new Builder().text(text).build();
    }

    /// The texts between the wildcards in order; the first (last) one is empty when the pattern begins (ends)
    /// with one.
    public List<String> pieces() {
        return pieces;
    }

    /// True when `?` occurs.
    public boolean hasSingle() {
        return single;
    }

    /// True when no wildcard occurs.
    public boolean isLiteral() {
        return pieces.size() == 1;
    }

    /// This pattern with `*` before and after, as asked.
    public Wildcards surround(boolean before, boolean after) {
        Builder builder = new Builder();
        if (before) {
            builder.anyRun();
        }
        appendTo(builder);
        if (after) {
            builder.anyRun();
        }
        return builder.build();
    }

    /// This pattern with a text put in place of each occurrence of another in its literal parts.
    public Wildcards replace(String what, String with) {
        Builder builder = new Builder();
        walk(text -> builder.text(text.replace(what, with)), builder);
        return builder.build();
    }

    private void appendTo(Builder builder) {
        walk(builder::text, builder);
    }

    private void walk(java.util.function.Consumer<String> texts, Builder wildcards) {
        int piece = 0;
        texts.accept(pieces.getFirst());
        for (int code : codes) {
            if (code < 0) {
                if (code == ANY_RUN) {
                    wildcards.anyRun();
                } else {
                    wildcards.anyOne();
                }
                texts.accept(pieces.get(++piece));
            }
        }
    }

    /// This pattern in small letters, see [Folding].
    public Wildcards lowerCase() {
        Builder builder = new Builder();
        walk(text -> builder.text(Folding.lower(text)), builder);
        return builder.build();
    }

    /// True when the pattern covers the whole value.
    public boolean matches(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        int code = 0;
        int retryCode = -1;
        int retryAt = 0;
        while (true) {
            if (code < codes.length && codes[code] == ANY_RUN) {
                retryCode = ++code;
                retryAt = at;
            } else if (code < codes.length && at < end && codes[code] == ANY_ONE) {
                at = nextCharacter(bytes, at, end);
                code++;
            } else if (code < codes.length && at < end && codes[code] == (bytes[at] & 0xFF)) {
                at++;
                code++;
            } else if (code == codes.length && at == end) {
                return true;
            } else if (retryCode >= 0 && retryAt < end) {
                at = ++retryAt;
                code = retryCode;
            } else {
                return false;
            }
        }
    }

    private static int nextCharacter(byte[] bytes, int at, int end) {
        int next = at + 1;
        while (next < end && (bytes[next] & 0xC0) == 0x80) {
            next++;
        }
        return next;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Wildcards that && java.util.Arrays.equals(codes, that.codes);
    }

    @Override
    public int hashCode() {
        return java.util.Arrays.hashCode(codes);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        Builder builder = new Builder();
        walk(piece -> text.append('[').append(piece).append(']'), builder);
        return text.toString();
    }

    /// Puts a pattern together.
    ///
    /// Thread-safety: one thread.
    public static final class Builder {
        private final List<Object> tokens = new ArrayList<>();

        public Builder text(String text) {
            if (!text.isEmpty()) {
                if (!tokens.isEmpty() && tokens.getLast() instanceof String last) {
                    tokens.set(tokens.size() - 1, last + text);
                } else {
                    tokens.add(text);
                }
            }
            return this;
        }

        public Builder anyRun() {
            tokens.add(true);
            return this;
        }

        public Builder anyOne() {
            tokens.add(false);
            return this;
        }

        public Wildcards build() {
            return new Wildcards(tokens);
        }
    }
}
