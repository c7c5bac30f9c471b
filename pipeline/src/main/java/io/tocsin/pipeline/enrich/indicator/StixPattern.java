package io.tocsin.pipeline.enrich.indicator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes the values out of a STIX 2.1 pattern (section 9) of which each alone says that the pattern fits:
/// `[ipv4-addr:value = '1.2.3.4' OR domain-name:value IN ('a.example', 'b.example')]`. Digests of one file that are
/// joined by AND count one by one, since each of them names the file.
///
/// What needs several things together, their order, repetition or time (AND of different objects, FOLLOWEDBY,
/// REPEATS, WITHIN, NOT, LIKE, MATCHES) cannot be told from one value: such a pattern gives a reason instead of values.
///
/// Thread-safety: one thread.
final class StixPattern {
    private static final int MAXIMUM_CHARACTERS = 100_000;
    private static final int MAXIMUM_DEPTH = 50;

    /// A value that alone is enough.
    record Value(IndicatorKind kind, String text) {}

    private final String pattern;
    private final List<String> tokens = new ArrayList<>();
    private int at;
    private int depth;
    private @Nullable String unsupported;

    private StixPattern(String pattern) {
        this.pattern = pattern;
    }

    /// Values of a pattern, or why there are none.
    ///
    /// @param values each alone is enough
    /// @param unsupported a few words, or null
    record Result(List<Value> values, @Nullable String unsupported) {}

    static Result read(String text) {
        StixPattern pattern = new StixPattern(text);
        Set<Value> values = new HashSet<>();
        if (text.length() > MAXIMUM_CHARACTERS) {
            return new Result(List.of(), "pattern is too long");
        }
        if (pattern.tokenize()) {
            values.addAll(pattern.observations());
            if (pattern.unsupported == null && pattern.at < pattern.tokens.size()) {
                pattern.refuse(pattern.tokens.get(pattern.at));
            }
        }
        return pattern.unsupported == null
                ? new Result(List.copyOf(values), null)
                : new Result(List.of(), pattern.unsupported);
    }

    private void refuse(String reason) {
        if (unsupported == null) {
            unsupported = reason.isEmpty() ? "ends early" : reason;
        }
    }

    /// Cuts the pattern into brackets, operators, paths and quoted texts; a quoted text keeps its first quote.
    private boolean tokenize() {
        int i = 0;
        while (i < pattern.length()) {
            char c = pattern.charAt(i);
            if (Character.isWhitespace(c)) {
                i++;
            } else if (c == '\'') {
                i = quoted(i);
            } else if ("[](),".indexOf(c) >= 0) {
                tokens.add(String.valueOf(c));
                i++;
            } else if ("=!<>".indexOf(c) >= 0) {
                int end = i + 1;
                while (end < pattern.length() && "=<>".indexOf(pattern.charAt(end)) >= 0) {
                    end++;
                }
                tokens.add(pattern.substring(i, end));
                i = end;
            } else {
                i = word(i);
            }
            if (i < 0) {
                refuse("text is not closed");
                return false;
            }
        }
        return true;
    }

    private int quoted(int start) {
        StringBuilder text = new StringBuilder("'");
        for (int i = start + 1; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '\\' && i + 1 < pattern.length()) {
                text.append(pattern.charAt(++i));
            } else if (c == '\'') {
                tokens.add(text.toString());
                return i + 1;
            } else {
                text.append(c);
            }
        }
        return -1;
    }

    /// Reads a name or a path, whose parts may be quoted and may have `[*]` behind them.
    private int word(int start) {
        int i = start;
        boolean path = false;
        while (i < pattern.length()) {
            char c = pattern.charAt(i);
            if (c == ':') {
                path = true;
            }
            if (path && c == '\'') {
                int close = pattern.indexOf('\'', i + 1);
                if (close < 0) {
                    return -1;
                }
                i = close;
            } else if (path && c == '[') {
                int close = pattern.indexOf(']', i);
                if (close < 0) {
                    return -1;
                }
                i = close;
            } else if (Character.isWhitespace(c) || "[](),=!<>'".indexOf(c) >= 0) {
                break;
            }
            i++;
        }
        tokens.add(pattern.substring(start, i));
        return i;
    }

    private String peek() {
        return at < tokens.size() ? tokens.get(at) : "";
    }

    private boolean take(String token) {
        if (peek().equalsIgnoreCase(token)) {
            at++;
            return true;
        }
        return false;
    }

    private List<Value> observations() {
        List<Value> values = new ArrayList<>(observation());
        while (unsupported == null && take("OR")) {
            values.addAll(observation());
        }
        return values;
    }

    private List<Value> observation() {
        List<Value> values;
        if (++depth > MAXIMUM_DEPTH) {
            refuse("nested too deeply");
            return List.of();
        }
        if (take("(")) {
            values = observations();
            if (!take(")")) {
                refuse(peek());
            }
        } else if (take("[")) {
            values = alternatives().values;
            if (!take("]")) {
                refuse(peek());
            }
        } else {
            refuse(peek());
            values = List.of();
        }
        depth--;
        return values;
    }

    /// What a comparison gives.
    ///
    /// @param file true when all values are digests of one file
    private record Comparison(List<Value> values, boolean file) {
        static final Comparison NONE = new Comparison(List.of(), false);
    }

    private Comparison alternatives() {
        Comparison first = conjunction();
        List<Value> values = new ArrayList<>(first.values);
        boolean single = true;
        while (unsupported == null && take("OR")) {
            values.addAll(conjunction().values);
            single = false;
        }
        return new Comparison(values, single && first.file);
    }

    private Comparison conjunction() {
        Comparison first = comparison();
        List<Value> values = new ArrayList<>(first.values);
        boolean file = first.file;
        while (unsupported == null && take("AND")) {
            Comparison next = comparison();
            file &= next.file;
            values.addAll(next.values);
            if (!file) {
                refuse("AND");
            }
        }
        return new Comparison(values, file);
    }

    private Comparison comparison() {
        if (++depth > MAXIMUM_DEPTH) {
            refuse("nested too deeply");
            return Comparison.NONE;
        }
        try {
            if (take("(")) {
                Comparison inner = alternatives();
                if (!take(")")) {
                    refuse(peek());
                }
                return inner;
            }
            if (take("NOT")) {
                refuse("NOT");
                return Comparison.NONE;
            }
            return test();
        } finally {
            depth--;
        }
    }

    private Comparison test() {
        String path = peek();
        at++;
        String operator = peek().toUpperCase(Locale.ROOT);
        at++;
        IndicatorKind kind = kind(path.toLowerCase(Locale.ROOT));
        boolean network = operator.equals("ISSUBSET") && kind == IndicatorKind.ADDRESS;
        if (!operator.equals("=") && !operator.equals("==") && !operator.equals("IN") && !network) {
            refuse(operator);
            return Comparison.NONE;
        }
        if (kind == null) {
            refuse(path);
            return Comparison.NONE;
        }
        List<Value> values = new ArrayList<>();
        if (operator.equals("IN")) {
            if (!take("(")) {
                refuse("IN");
            }
            while (unsupported == null && !take(")")) {
                value(kind, values);
                take(",");
            }
        } else {
            value(kind, values);
        }
        return new Comparison(values, kind == IndicatorKind.HASH);
    }

    private void value(IndicatorKind kind, List<Value> values) {
        String token = peek();
        if (!token.startsWith("'")) {
            refuse(token);
            return;
        }
        at++;
        values.add(new Value(kind, token.substring(1)));
    }

    private static @Nullable IndicatorKind kind(String path) {
        int colon = path.indexOf(':');
        String object = colon < 0 ? "" : path.substring(0, colon);
        String property = path.substring(colon + 1);
        return switch (object) {
            case "ipv4-addr", "ipv6-addr" -> property.equals("value") ? IndicatorKind.ADDRESS : null;
            case "domain-name" -> property.equals("value") ? IndicatorKind.DOMAIN : null;
            case "url" -> property.equals("value") ? IndicatorKind.URL : null;
            case "file", "artifact" -> property.startsWith("hashes.") ? IndicatorKind.HASH : null;
            case "network-traffic" ->
                property.equals("src_ref.value") || property.equals("dst_ref.value") ? IndicatorKind.ADDRESS : null;
            default -> null;
        };
    }
}
