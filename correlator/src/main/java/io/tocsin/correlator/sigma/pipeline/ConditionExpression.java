package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Names of conditions with `and`, `or`, `not` and parentheses; `not` binds tighter than `and`, `and` tighter than
/// `or`. Immutable.
sealed interface ConditionExpression {
    record Name(String name) implements ConditionExpression {}

    record Not(ConditionExpression part) implements ConditionExpression {}

    record All(List<ConditionExpression> parts) implements ConditionExpression {}

    record Any(List<ConditionExpression> parts) implements ConditionExpression {}

    default boolean holds(Predicate<String> condition) {
        return switch (this) {
            case Name each -> condition.test(each.name);
            case Not not -> !not.part.holds(condition);
            case All all -> all.parts.stream().allMatch(part -> part.holds(condition));
            case Any any -> any.parts.stream().anyMatch(part -> part.holds(condition));
        };
    }

    /// Tells every name that it speaks of.
    default void names(Consumer<String> taker) {
        switch (this) {
            case Name each -> taker.accept(each.name);
            case Not not -> not.part.names(taker);
            case All all -> all.parts.forEach(part -> part.names(taker));
            case Any any -> any.parts.forEach(part -> part.names(taker));
        }
    }

    /// The expression of a text, or null after the problem was added.
    static @Nullable ConditionExpression parse(ConfigNode.Scalar text, Set<String> names, Problems problems) {
        Parser parser = new Parser(text.text(), names);
        ConditionExpression read = parser.or();
        if (parser.at < parser.tokens.size()) {
            parser.fail("unexpected word [word=" + parser.tokens.get(parser.at) + "]");
        }
        if (parser.wrong != null) {
            problems.add(text.position(), parser.wrong + " [expression=" + text.text() + "]");
            return null;
        }
        return read;
    }

    /// Thread-safety: one thread.
    final class Parser {
        private static final int MAXIMUM_DEPTH = 64;
        private static final int MAXIMUM_CHARACTERS = 8_192;
        private static final Pattern TOKEN = Pattern.compile("[()]|[^\\s()]+");

        private final List<String> tokens = new ArrayList<>();
        private final Set<String> names;
        private int at;
        private int depth;
        private @Nullable String wrong;

        private Parser(String text, Set<String> names) {
            this.names = names;
            if (text.length() > MAXIMUM_CHARACTERS) {
                fail("expression is too long [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
                return;
            }
            Matcher matcher = TOKEN.matcher(text);
            while (matcher.find()) {
                tokens.add(matcher.group());
            }
        }

        private ConditionExpression or() {
            List<ConditionExpression> parts = new ArrayList<>();
            do {
                parts.add(and());
            } while (accept("or"));
            return parts.size() == 1 ? parts.getFirst() : new Any(parts);
        }

        private ConditionExpression and() {
            List<ConditionExpression> parts = new ArrayList<>();
            do {
                parts.add(not());
            } while (accept("and"));
            return parts.size() == 1 ? parts.getFirst() : new All(parts);
        }

        private ConditionExpression not() {
            if (++depth > MAXIMUM_DEPTH) {
                return fail("expression is nested too deeply [maximumDepth=" + MAXIMUM_DEPTH + "]");
            }
            ConditionExpression read;
            if (accept("not")) {
                read = new Not(not());
            } else if (accept("(")) {
                read = or();
                if (!accept(")")) {
                    fail("a parenthesis is not closed");
                }
            } else {
                read = name();
            }
            depth--;
            return read;
        }

        private ConditionExpression name() {
            if (at == tokens.size()) {
                return fail("expression ends too early");
            }
            String name = tokens.get(at++);
            return names.contains(name)
                    ? new Name(name)
                    : fail("no condition is called so [name=" + name + "]" + Suggestions.hint(name, names));
        }

        private boolean accept(String word) {
            boolean found = at < tokens.size() && tokens.get(at).equalsIgnoreCase(word);
            at += found ? 1 : 0;
            return found;
        }

        private ConditionExpression fail(String message) {
            if (wrong == null) {
                wrong = message;
            }
            at = tokens.size();
            return new Any(List.of());
        }
    }
}
