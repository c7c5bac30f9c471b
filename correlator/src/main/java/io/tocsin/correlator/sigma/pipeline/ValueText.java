package io.tocsin.correlator.sigma.pipeline;

import java.util.BitSet;
import java.util.function.UnaryOperator;

/// The text of a value, which knows of each `*` and `?` whether it is a wildcard. Immutable.
final class ValueText {
    private final String characters;
    private final BitSet wild;

    private ValueText(String characters, BitSet wild) {
        this.characters = characters;
        this.wild = wild;
    }

    /// Reads a text as rules write it: `\*`, `\?` and `\\` stand for the character itself.
    static ValueText parse(String text) {
        Builder builder = new Builder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
            if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
                builder.add(next, false);
                i++;
            } else {
                builder.add(c, c == '*' || c == '?');
            }
        }
        return builder.build();
    }

    /// Reads a text as [#shown] prints it.
    static ValueText parseShown(String text) {
        Builder builder = new Builder();
        int i = 0;
        while (i < text.length()) {
            int end = i;
            while (end < text.length() && text.charAt(end) == '\\') {
                end++;
            }
            int run = end - i;
            char next = end < text.length() ? text.charAt(end) : 0;
            boolean special = next == '*' || next == '?';
            builder.literal("\\".repeat(special ? run / 2 : run));
            if (end < text.length()) {
                builder.add(next, special && run % 2 == 0);
            }
            i = end + 1;
        }
        return builder.build();
    }

    /// The text as people mean it: a backslash is one, unless it stands before a wildcard or makes a literal one.
    String shown() {
        StringBuilder shown = new StringBuilder();
        int backslashes = 0;
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            if (c == '*' || c == '?') {
                shown.repeat('\\', wild.get(i) ? backslashes : backslashes + 1);
            }
            backslashes = c == '\\' ? backslashes + 1 : 0;
            shown.append(c);
        }
        return shown.toString();
    }

    /// The text as rules write it.
    String written() {
        StringBuilder written = new StringBuilder();
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            if (c == '\\' || ((c == '*' || c == '?') && !wild.get(i))) {
                written.append('\\');
            }
            written.append(c);
        }
        return written.toString();
    }

    boolean hasWildcard() {
        return !wild.isEmpty();
    }

    /// This text with `*` before and behind it, unless it stands there.
    ValueText open(boolean before, boolean behind) {
        Builder builder = new Builder();
        if (before && !(wild.get(0) && characters.charAt(0) == '*')) {
            builder.add('*', true);
        }
        builder.addAll(this);
        int last = characters.length() - 1;
        if (behind && !(last >= 0 && wild.get(last) && characters.charAt(last) == '*')) {
            builder.add('*', true);
        }
        return builder.build();
    }

    /// This text with its literal parts changed.
    ///
    /// @param interpret true when a `*` in what comes out is a wildcard
    ValueText literals(UnaryOperator<String> change, boolean interpret) {
        Builder builder = new Builder();
        int from = 0;
        for (int i = 0; i <= characters.length(); i++) {
            if (i == characters.length() || wild.get(i)) {
                if (i > from) {
                    String changed = change.apply(characters.substring(from, i));
                    if (interpret) {
                        builder.addAll(parse(changed));
                    } else {
                        builder.literal(changed);
                    }
                }
                if (i < characters.length()) {
                    builder.add(characters.charAt(i), true);
                }
                from = i + 1;
            }
        }
        return builder.build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ValueText that && characters.equals(that.characters) && wild.equals(that.wild);
    }

    @Override
    public int hashCode() {
        return 31 * characters.hashCode() + wild.hashCode();
    }

    @Override
    public String toString() {
        return written();
    }

    /// Thread-safety: one thread.
    private static final class Builder {
        private final StringBuilder characters = new StringBuilder();
        private final BitSet wild = new BitSet();

        void add(char c, boolean wildcard) {
            if (wildcard) {
                wild.set(characters.length());
            }
            characters.append(c);
        }

        void literal(String text) {
            characters.append(text);
        }

        void addAll(ValueText text) {
            for (int i = 0; i < text.characters.length(); i++) {
                add(text.characters.charAt(i), text.wild.get(i));
            }
        }

        ValueText build() {
            return new ValueText(characters.toString(), wild);
        }
    }
}
