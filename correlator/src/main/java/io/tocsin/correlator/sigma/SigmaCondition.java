package io.tocsin.correlator.sigma;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.window.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Parses the `condition` of a detection: names of selections, `and`, `or`, `not`, parentheses, `1 of`, `all of`,
/// `them` and names with `*`. `not` binds tighter than `and`, `and` tighter than `or`.
///
/// Thread-safety: one thread.
final class SigmaCondition<T> {
    private static final int MAXIMUM_DEPTH = 64;
    /// Longest condition.
    private static final int MAXIMUM_CHARACTERS = 8_192;
    /// Most selections that a condition may speak of, each as often as it does.
    private static final int MAXIMUM_PARTS = 100_000;

    private static final Pattern TOKEN = Pattern.compile("[()|]|[^\\s()|]+");

    private final Map<String, T> selections;
    private final Algebra<T> algebra;
    private final Position position;
    private final Problems problems;
    private final List<String> tokens = new ArrayList<>();
    private int at;
    private int depth;
    private int named;
    private boolean failed;

    /// What a condition is made of.
    interface Algebra<T> {
        T all(List<T> parts);

        T any(List<T> parts);

        T not(T part);
    }

    /// Conditions over one event.
    static final Algebra<Filter> FILTERS = new Algebra<>() {
        @Override
        public Filter all(List<Filter> parts) {
            return Filter.all(parts);
        }

        @Override
        public Filter any(List<Filter> parts) {
            return Filter.any(parts);
        }

        @Override
        public Filter not(Filter part) {
            return Filter.not(part);
        }
    };

    /// Conditions over one event of which some selections are gone: they count as if they were not named.
    static final Algebra<Optional<Filter>> WHAT_IS_LEFT = new Algebra<>() {
        @Override
        public Optional<Filter> all(List<Optional<Filter>> parts) {
            return joined(parts, Filter::all);
        }

        @Override
        public Optional<Filter> any(List<Optional<Filter>> parts) {
            return joined(parts, Filter::any);
        }

        @Override
        public Optional<Filter> not(Optional<Filter> part) {
            return part.map(Filter::not);
        }

        private static Optional<Filter> joined(List<Optional<Filter>> parts, Function<List<Filter>, Filter> join) {
            List<Filter> left = parts.stream().flatMap(Optional::stream).toList();
            return left.isEmpty() ? Optional.empty() : Optional.of(join.apply(left));
        }
    };

    /// Conditions over what a window has seen.
    static final Algebra<Seen> SEEN = new Algebra<>() {
        @Override
        public Seen all(List<Seen> parts) {
            return parts.size() == 1 ? parts.getFirst() : new Seen.All(parts);
        }

        @Override
        public Seen any(List<Seen> parts) {
            return parts.size() == 1 ? parts.getFirst() : new Seen.Any(parts);
        }

        @Override
        public Seen not(Seen part) {
            return new Seen.Not(part);
        }
    };

    private SigmaCondition(
            String text, Map<String, T> selections, Algebra<T> algebra, Position position, Problems problems) {
        this.algebra = algebra;
        this.selections = selections;
        this.position = position;
        this.problems = problems;
        var matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
    }

    /// False after it was said that the condition is too long.
    static boolean isShort(ConfigNode.Scalar condition, Problems problems) {
        boolean fits = condition.text().length() <= MAXIMUM_CHARACTERS;
        if (!fits) {
            problems.add(condition.position(), "condition is too long [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
        }
        return fits;
    }

    /// What a condition means, or null after the problem was added.
    static <T> @Nullable T parse(
            String text, Map<String, T> selections, Algebra<T> algebra, Position position, Problems problems) {
        SigmaCondition<T> parser = new SigmaCondition<>(text, selections, algebra, position, problems);
        T meaning = parser.or();
        if (!parser.failed && parser.at < parser.tokens.size()) {
            parser.fail("unexpected word in the condition [word=" + parser.tokens.get(parser.at) + "]");
        }
        return parser.failed ? null : meaning;
    }

    private T or() {
        List<T> parts = new ArrayList<>();
        parts.add(and());
        while (accept("or")) {
            parts.add(and());
        }
        return algebra.any(parts);
    }

    private T and() {
        List<T> parts = new ArrayList<>();
        parts.add(not());
        while (accept("and")) {
            parts.add(not());
        }
        return algebra.all(parts);
    }

    private T not() {
        if (++depth > MAXIMUM_DEPTH) {
            return fail("condition is nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
        }
        try {
            return accept("not") ? algebra.not(not()) : primary();
        } finally {
            depth--;
        }
    }

    private T primary() {
        if (failed) {
            return algebra.any(List.of());
        }
        if (at == tokens.size()) {
            return fail("condition ends too early");
        }
        if (accept("(")) {
            T inner = or();
            if (!failed && !accept(")")) {
                return fail("closing parenthesis is missing in the condition");
            }
            return inner;
        }
        String token = tokens.get(at);
        if (at + 1 < tokens.size() && tokens.get(at + 1).equalsIgnoreCase("of")) {
            return of(token);
        }
        at++;
        T selection = selections.get(token);
        if (selection != null) {
            return selection;
        }
        return fail("condition names a selection that is not there [name=" + token + "]"
                + Suggestions.hint(token, selections.keySet()));
    }

    private T of(String quantity) {
        boolean all = quantity.equalsIgnoreCase("all");
        if (!all && !quantity.equals("1") && !quantity.equalsIgnoreCase("any")) {
            return fail("only '1 of', 'any of' and 'all of' are understood [quantity=" + quantity + "]");
        }
        at += 2;
        if (at == tokens.size()) {
            return fail("condition ends after 'of'");
        }
        String pattern = tokens.get(at++);
        List<T> parts = new ArrayList<>();
        for (Map.Entry<String, T> entry : selections.entrySet()) {
            boolean matches =
                    pattern.equalsIgnoreCase("them") ? !entry.getKey().startsWith("_") : like(pattern, entry.getKey());
            if (matches) {
                parts.add(entry.getValue());
                if (++named > MAXIMUM_PARTS) {
                    return fail("condition speaks of too many selections [maximum=" + MAXIMUM_PARTS + "]");
                }
            }
        }
        if (parts.isEmpty()) {
            return fail("no selection is named so [pattern=" + pattern + "]"
                    + Suggestions.hint(pattern.replace("*", ""), selections.keySet()));
        }
        return all ? algebra.all(parts) : algebra.any(parts);
    }

    private static boolean like(String pattern, String name) {
        String[] pieces = pattern.split("\\*", -1);
        if (pieces.length == 1) {
            return pattern.equals(name);
        }
        if (!name.startsWith(pieces[0])) {
            return false;
        }
        int from = pieces[0].length();
        for (int i = 1; i < pieces.length - 1; i++) {
            int found = name.indexOf(pieces[i], from);
            if (found < 0) {
                return false;
            }
            from = found + pieces[i].length();
        }
        String last = pieces[pieces.length - 1];
        return name.length() - from >= last.length() && name.endsWith(last);
    }

    private boolean accept(String word) {
        if (at < tokens.size() && tokens.get(at).equalsIgnoreCase(word)) {
            at++;
            return true;
        }
        return false;
    }

    private T fail(String message) {
        if (!failed) {
            failed = true;
            problems.add(position, message);
        }
        return algebra.any(List.of());
    }
}
