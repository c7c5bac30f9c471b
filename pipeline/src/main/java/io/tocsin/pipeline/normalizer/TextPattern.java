package io.tocsin.pipeline.normalizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Literal text with named places in braces. A place runs to the first occurrence of the literal behind it
/// (`{name}`), or to the last from which the rest still fits (`{name:greedy}`, once in a pattern); `{name:word}`
/// holds no space, `{name:ip}` is an address, `{name:int}` digits. `{}` is passed over. The last place takes all
/// that is left. `\{` is a brace. A pattern fits a text as a whole; spaces around the text do not count.
///
/// Work is bounded: each place looks at the rest of the text once, the greedy one tries at most [#MAXIMUM_TRIES] ends.
/// Immutable.
final class TextPattern {
    private static final int MAXIMUM_TRIES = 64;

    /// What may stand in a place.
    private enum Kind {
        TEXT,
        GREEDY,
        WORD,
        IP,
        INT
    }

    private record Place(String name, Kind kind) {}

    private final String text;
    private final byte[][] literals;
    private final Kind[] kinds;
    private final List<String> names;
    private final byte[][] nameBytes;

    private TextPattern(String text, List<String> literals, List<Place> places) {
        this.text = text;
        this.literals = literals.stream()
                .map(literal -> literal.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        kinds = places.stream().map(Place::kind).toArray(Kind[]::new);
        names = places.stream().map(Place::name).toList();
        nameBytes = names.stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    /// @throws IllegalArgumentException when the pattern is not well-formed
    static TextPattern parse(String text) {
        List<String> literals = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        boolean greedy = false;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() && (text.charAt(i + 1) == '{' || text.charAt(i + 1) == '\\')) {
                literal.append(text.charAt(i + 1));
                i += 2;
            } else if (c == '{') {
                int close = text.indexOf('}', i);
                if (close < 0) {
                    throw new IllegalArgumentException("the brace is not closed [pattern=" + text + "]");
                }
                if (!places.isEmpty() && literal.isEmpty()) {
                    throw new IllegalArgumentException("two places need text between them [pattern=" + text + "]");
                }
                Place place = place(text, text.substring(i + 1, close));
                if (place.kind == Kind.GREEDY && greedy) {
                    throw new IllegalArgumentException("only one place may be greedy [pattern=" + text + "]");
                }
                greedy |= place.kind == Kind.GREEDY;
                places.add(place);
                literals.add(literal.toString());
                literal.setLength(0);
                i = close + 1;
            } else {
                literal.append(c);
                i++;
            }
        }
        literals.add(literal.toString());
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a pattern needs text");
        }
        return new TextPattern(text, literals, places);
    }

    private static Place place(String pattern, String inside) {
        int colon = inside.indexOf(':');
        String name = colon < 0 ? inside : inside.substring(0, colon);
        String kind = colon < 0 ? "text" : inside.substring(colon + 1);
        return new Place(
                name,
                switch (kind) {
                    case "text" -> Kind.TEXT;
                    case "greedy" -> Kind.GREEDY;
                    case "word" -> Kind.WORD;
                    case "ip" -> Kind.IP;
                    case "int" -> Kind.INT;
                    default ->
                        throw new IllegalArgumentException("unknown kind of place [kind=" + kind + ", pattern="
                                + pattern + "]; known are text, greedy, word, ip, int");
                });
    }

    /// The text of a pattern without places.
    String onlyText() {
        return new String(literals[0], StandardCharsets.UTF_8);
    }

    /// Names of the places in order; empty for those that are passed over.
    List<String> names() {
        return names;
    }

    byte[] nameBytes(int place) {
        return nameBytes[place];
    }

    /// True when a text that begins with this byte may fit.
    boolean mayBegin(byte first) {
        return literals[0].length == 0 || literals[0][0] == first;
    }

    /// Fills `spans` with start and end of each place when the pattern fits the range.
    boolean match(byte[] bytes, int from, int to, int[] spans) {
        if (!ByteScan.startsWith(bytes, from, to, literals[0])) {
            return false;
        }
        return rest(bytes, from + literals[0].length, to, 0, spans);
    }

    private boolean rest(byte[] bytes, int start, int to, int first, int[] spans) {
        int at = start;
        for (int place = first; place < kinds.length; place++) {
            byte[] next = literals[place + 1];
            int end;
            if (place == kinds.length - 1) {
                if (!ByteScan.endsWith(bytes, at, to, next)) {
                    return false;
                }
                end = to - next.length;
            } else if (kinds[place] == Kind.GREEDY) {
                return greedy(bytes, at, to, place, spans);
            } else {
                end = ByteScan.indexOf(bytes, at, to, next);
                if (end < 0) {
                    return false;
                }
            }
            if (!fits(bytes, at, end, kinds[place])) {
                return false;
            }
            spans[place * 2] = at;
            spans[place * 2 + 1] = end;
            at = end + next.length;
        }
        return kinds.length > 0 || at == to;
    }

    private boolean greedy(byte[] bytes, int at, int to, int place, int[] spans) {
        byte[] next = literals[place + 1];
        int end = to - next.length + 1;
        for (int tries = 0; tries < MAXIMUM_TRIES; tries++) {
            end = ByteScan.lastIndexOf(bytes, at, end - 1, next);
            if (end < 0) {
                return false;
            }
            if (rest(bytes, end + next.length, to, place + 1, spans)) {
                spans[place * 2] = at;
                spans[place * 2 + 1] = end;
                return true;
            }
        }
        return false;
    }

    private static boolean fits(byte[] bytes, int from, int to, Kind kind) {
        return switch (kind) {
            case TEXT, GREEDY -> true;
            case WORD -> to > from && noSpace(bytes, from, to);
            case IP -> ByteScan.isAddress(bytes, from, to);
            case INT -> to > from && ByteScan.digits(bytes, from, to, to - from) == to - from;
        };
    }

    private static boolean noSpace(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (ByteScan.isSpace(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text;
    }
}
