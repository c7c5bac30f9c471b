package io.tocsin.expression;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What can be said of a regular expression without running it: texts that every match contains, the longest of them
/// first among equals, and how large its program becomes at most. Where the expression is not understood, it errs to
/// the safe side: no required text, and
/// errors of syntax are left to the library.
///
/// Immutable.
final class RequiredText {
    private static final int MAXIMUM_DEPTH = 200;
    private static final long TOO_LARGE = Integer.MAX_VALUE;
    private static final int MAXIMUM_PIECES = 8;
    /// Characters that few texts contain.
    private static final String RARE = "`^~$#!&|<>@{}*;";

    private final byte @Nullable [] text;
    private final boolean ignoreCase;
    private final byte @Nullable [] exact;
    private final long instructions;
    /// The other texts that every match contains, the longest first.
    private final List<Needle> others;

    private RequiredText(
            byte @Nullable [] text,
            boolean ignoreCase,
            List<Needle> others,
            byte @Nullable [] exact,
            long instructions) {
        this.text = text;
        this.ignoreCase = ignoreCase;
        this.others = others;
        this.exact = exact;
        this.instructions = instructions;
    }

    static RequiredText of(String expression, boolean ignoreCase) {
        Scanner scanner = new Scanner(expression, ignoreCase);
        Part whole = scanner.alternatives(0);
        if (scanner.confused || scanner.at < expression.length()) {
            return new RequiredText(null, false, List.of(), null, scanner.tooDeep ? TOO_LARGE : whole.size);
        }
        String best = whole.required;
        boolean anyCase = whole.requiredAnyCase;
        // One character is found nearly everywhere and would only cost.
        byte[] text = best.length() < 2
                ? null
                : (anyCase ? best.toLowerCase(Locale.ROOT) : best).getBytes(StandardCharsets.UTF_8);
        byte[] exact = scanner.plain && !ignoreCase ? expression.getBytes(StandardCharsets.UTF_8) : null;
        return new RequiredText(text, anyCase, others(whole), exact, whole.size);
    }

    private static List<Needle> others(Part whole) {
        return whole.all.stream()
                .filter(piece -> !(piece.text.equals(whole.required) && piece.anyCase == whole.requiredAnyCase))
                .distinct()
                .sorted(Comparator.comparingInt((Piece piece) -> -piece.text.length()))
                .map(piece -> new Needle(
                        (piece.anyCase ? piece.text.toLowerCase(Locale.ROOT) : piece.text)
                                .getBytes(StandardCharsets.UTF_8),
                        piece.anyCase))
                .toList();
    }

    /// Upper bound for the size of the program.
    long instructions() {
        return instructions;
    }

    /// The one text that matches, when the expression has no special characters; else null.
    byte @Nullable [] exact() {
        return exact;
    }

    /// The required texts whose case does not matter or is known, as they stand in every match.
    List<String> exactTexts() {
        List<String> texts = new ArrayList<>();
        byte[] longest = text;
        if (longest != null) {
            addExact(texts, longest, ignoreCase);
        }
        others.forEach(other -> addExact(texts, other.text, other.anyCase));
        return texts;
    }

    private static void addExact(List<String> texts, byte[] needle, boolean anyCase) {
        String text = new String(needle, StandardCharsets.UTF_8);
        // In any case there is no letter outside of ASCII.
        if (!anyCase || text.equals(text.toUpperCase(Locale.ROOT))) {
            texts.add(text);
        }
    }

    /// False when no part of the text can match.
    boolean mayMatch(byte[] bytes, int offset, int length) {
        byte[] needle = text;
        if (needle != null && !contains(bytes, offset, length, needle, ignoreCase)) {
            return false;
        }
        for (int i = 0; i < others.size(); i++) {
            Needle other = others.get(i);
            if (!contains(bytes, offset, length, other.text, other.anyCase)) {
                return false;
            }
        }
        return true;
    }

    private static boolean contains(byte[] bytes, int offset, int length, byte[] needle, boolean anyCase) {
        // A needle in any case is ASCII and has no letter that a character outside of ASCII equals regardless of case.
        return anyCase
                ? CaseFolding.containsAscii(bytes, offset, length, needle)
                : ByteSearch.contains(bytes, offset, length, needle);
    }

    @Override
    public String toString() {
        byte[] needle = text;
        return needle == null ? "" : new String(needle, StandardCharsets.UTF_8);
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Needle(byte[] text, boolean anyCase) {}

    private record Piece(String text, boolean anyCase) {
        /// One common character is found nearly everywhere and would only cost.
        boolean tellsMuch() {
            return text.length() > 1 || (text.length() == 1 && RARE.indexOf(text.charAt(0)) >= 0);
        }
    }

    /// A part of an expression: the longest text that each of its matches contains, all such texts that
    /// tell something, and its size.
    private record Part(String required, boolean requiredAnyCase, List<Piece> all, long size) {
        static final Part NONE = new Part("", false, List.of(), 1);
    }

    /// Thread-safety: one thread.
    private static final class Scanner {
        private final String expression;
        private boolean anyCase;
        private int at;
        private boolean plain = true;
        private boolean confused;
        private boolean tooDeep;
        /// Characters between `\Q` and `\E` of the atom that is being read.
        private long quotedSize;

        Scanner(String expression, boolean anyCase) {
            this.expression = expression;
            this.anyCase = anyCase;
        }

        Part alternatives(int depth) {
            if (depth > MAXIMUM_DEPTH) {
                confused = true;
                tooDeep = true;
                return Part.NONE;
            }
            boolean outerAnyCase = anyCase;
            Part result = sequence(depth);
            boolean several = false;
            long size = result.size;
            while (at < expression.length() && expression.charAt(at) == '|') {
                at++;
                plain = false;
                several = true;
                size = add(size, sequence(depth).size + 1);
            }
            anyCase = outerAnyCase;
            return several ? new Part("", false, List.of(), size) : result;
        }

        private Part sequence(int depth) {
            StringBuilder run = new StringBuilder();
            boolean runAnyCase = anyCase;
            String best = "";
            boolean bestAnyCase = false;
            List<Piece> all = new ArrayList<>();
            long size = 0;
            while (at < expression.length() && !confused) {
                char c = expression.charAt(at);
                if (c == '|' || c == ')') {
                    break;
                }
                boolean literal = false;
                int literalCharacter = 0;
                Part part = Part.NONE;
                quotedSize = 0;
                switch (c) {
                    case '(' -> {
                        plain = false;
                        part = group(depth);
                    }
                    case '[' -> {
                        plain = false;
                        bracket();
                    }
                    case '.', '^', '$' -> {
                        plain = false;
                        at++;
                    }
                    case '\\' -> {
                        plain = false;
                        literalCharacter = escape();
                        literal = literalCharacter >= 0;
                    }
                    case '*', '+', '?' -> {
                        // Nothing to repeat: the library will say so.
                        confused = true;
                        plain = false;
                    }
                    default -> {
                        literalCharacter = expression.codePointAt(at);
                        at += Character.charCount(literalCharacter);
                        literal = true;
                    }
                }
                long count = 1;
                boolean optional = false;
                boolean repeated = false;
                int before = at;
                long[] bounds = quantifier();
                if (at > before) {
                    plain = false;
                    repeated = true;
                    optional = bounds[0] == 0;
                    count = Math.max(1, bounds[1]);
                }
                size = add(size, add(quotedSize, multiply(part.size + 1, count)));
                plain &= !literal || isUsable(literalCharacter);
                if (literal && !optional && isUsable(literalCharacter)) {
                    runAnyCase = anyCase;
                    run.appendCodePoint(literalCharacter);
                }
                if (!literal || repeated || !isUsable(literalCharacter)) {
                    if (run.length() > best.length()) {
                        best = run.toString();
                        bestAnyCase = runAnyCase;
                    }
                    addPiece(all, new Piece(run.toString(), runAnyCase));
                    run.setLength(0);
                }
                if (!optional) {
                    part.all.forEach(piece -> addPiece(all, piece));
                }
                if (!optional && part.required.length() > best.length()) {
                    best = part.required;
                    bestAnyCase = part.requiredAnyCase;
                }
            }
            if (run.length() > best.length()) {
                best = run.toString();
                bestAnyCase = runAnyCase;
            }
            addPiece(all, new Piece(run.toString(), runAnyCase));
            return new Part(best, bestAnyCase, List.copyOf(all), size + 1);
        }

        private static void addPiece(List<Piece> all, Piece piece) {
            if (piece.tellsMuch() && all.size() < MAXIMUM_PIECES) {
                all.add(piece);
            }
        }

        /// Characters that have no equal outside of ASCII, when case does not matter; no replacement character,
        /// which also stands for bytes that are no UTF-8.
        private boolean isUsable(int c) {
            if (c == 0xfffd || (c >= 0xd800 && c < 0xe000)) {
                return false;
            }
            return !anyCase || (c < 0x80 && c != 'k' && c != 'K' && c != 's' && c != 'S');
        }

        private Part group(int depth) {
            at++;
            boolean outerAnyCase = anyCase;
            if (expression.startsWith("?", at)) {
                at++;
                if (expression.startsWith("P<", at) || expression.startsWith("<", at)) {
                    int close = expression.indexOf('>', at);
                    if (close < 0) {
                        confused = true;
                        return Part.NONE;
                    }
                    at = close + 1;
                } else if (!flags()) {
                    // `(?i)` holds for the rest of the surrounding group, so the case stays as it is now.
                    return Part.NONE;
                }
            }
            Part inner = alternatives(depth + 1);
            anyCase = outerAnyCase;
            if (at < expression.length() && expression.charAt(at) == ')') {
                at++;
            } else {
                confused = true;
            }
            return new Part(inner.required, inner.requiredAnyCase, inner.all, inner.size + 2);
        }

        /// Reads flags behind `(?`; true when a group follows, false when they stood alone.
        private boolean flags() {
            boolean on = true;
            while (at < expression.length()) {
                char c = expression.charAt(at++);
                switch (c) {
                    case '-' -> on = false;
                    case 'i' -> anyCase = on;
                    case 's', 'm', 'U' -> {}
                    case ':' -> {
                        return true;
                    }
                    case ')' -> {
                        return false;
                    }
                    default -> {
                        confused = true;
                        return false;
                    }
                }
            }
            confused = true;
            return false;
        }

        private void bracket() {
            at++;
            if (expression.startsWith("^", at)) {
                at++;
            }
            boolean first = true;
            while (at < expression.length()) {
                char c = expression.charAt(at);
                if (c == ']' && !first) {
                    at++;
                    return;
                }
                first = false;
                if (c == '\\') {
                    at += 2;
                } else if (expression.startsWith("[:", at) && expression.indexOf(":]", at) > 0) {
                    at = expression.indexOf(":]", at) + 2;
                } else {
                    at++;
                }
            }
            confused = true;
        }

        /// Reads an escape; returns the character when it stands for itself, else -1.
        private int escape() {
            at++;
            if (at >= expression.length()) {
                confused = true;
                return -1;
            }
            char c = expression.charAt(at++);
            if (c == 'p' || c == 'P') {
                if (expression.startsWith("{", at)) {
                    int close = expression.indexOf('}', at);
                    confused |= close < 0;
                    at = close < 0 ? expression.length() : close + 1;
                } else {
                    at++;
                }
                return -1;
            }
            switch (c) {
                case 'x' -> {
                    int close = expression.indexOf('}', at);
                    at = expression.startsWith("{", at) && close > 0
                            ? close + 1
                            : Math.min(at + 2, expression.length());
                    return -1;
                }
                case 'Q' -> {
                    int close = expression.indexOf("\\E", at);
                    int end = close < 0 ? expression.length() : close;
                    quotedSize += end - at;
                    at = close < 0 ? end : close + 2;
                    return -1;
                }
                default -> {}
            }
            if (c >= '0' && c <= '9') {
                while (at < expression.length() && expression.charAt(at) >= '0' && expression.charAt(at) <= '9') {
                    at++;
                }
                return -1;
            }
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            return letter || c >= 0x80 ? -1 : c;
        }

        /// Reads `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}` with an optional `?` behind; returns least and most.
        private long[] quantifier() {
            long[] bounds = {1, 1};
            if (at >= expression.length()) {
                return bounds;
            }
            switch (expression.charAt(at)) {
                case '*', '?' -> {
                    at++;
                    bounds[0] = 0;
                }
                case '+' -> at++;
                case '{' -> {
                    int close = expression.indexOf('}', at);
                    if (close < 0 || !repetition(expression.substring(at + 1, close), bounds)) {
                        return bounds;
                    }
                    at = close + 1;
                }
                default -> {
                    return bounds;
                }
            }
            if (expression.startsWith("?", at)) {
                at++;
            }
            return bounds;
        }

        private static boolean repetition(String text, long[] bounds) {
            int comma = text.indexOf(',');
            String least = comma < 0 ? text : text.substring(0, comma);
            String most = comma < 0 ? text : text.substring(comma + 1);
            if (!isCount(least) || !(most.isEmpty() || isCount(most))) {
                return false;
            }
            bounds[0] = Long.parseLong(least);
            bounds[1] = most.isEmpty() ? bounds[0] + 1 : Long.parseLong(most);
            return true;
        }

        private static boolean isCount(String text) {
            return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        }

        private static long multiply(long left, long right) {
            return left > TOO_LARGE / right ? TOO_LARGE : left * right;
        }

        private static long add(long left, long right) {
            return Math.min(TOO_LARGE, left + right);
        }
    }
}
