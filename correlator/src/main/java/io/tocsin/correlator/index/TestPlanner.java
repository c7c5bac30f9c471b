package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.index.TestPlan.Knowledge;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Folding;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/// Says of each test how it is decided, and compiles its regular expression, each one once.
///
/// Thread-safety: one thread.
final class TestPlanner {
    /// Shorter texts that an expression requires are in nearly every value.
    private static final int MINIMUM_REQUIRED = 3;

    private static final byte[] NOTHING = {};

    private final FieldTable fields;
    private final Map<Match.Finds, BoundedRegex> regexes = new HashMap<>();

    TestPlanner(FieldTable fields) {
        this.fields = fields;
    }

    TestPlan plan(Filter.Test test) {
        if (Variable.is(test.field())) {
            return variablePlan(test);
        }
        boolean isAnywhere = test.field() instanceof FieldReference.AnyField;
        int field = isAnywhere ? -1 : fields.numberOf(test.field());
        Match match = test.match();
        return switch (match) {
            case Match.Same same when same.text().isEmpty() -> TestPlan.direct(field, match);
            case Match.Same same -> literal(field, match, same.text(), same.ignoreCase());
            case Match.Contains few when !isAnywhere && isShort(few) -> exactly(field, match, few.text());
            case Match.Contains contains -> literal(field, match, contains.text(), contains.ignoreCase());
            case Match.StartsWith starts -> literal(field, match, starts.text(), starts.ignoreCase());
            case Match.EndsWith ends -> literal(field, match, ends.text(), ends.ignoreCase());
            case Match.Like like -> {
                String longest = like.pattern().pieces().stream()
                        .max(Comparator.comparingInt(String::length))
                        .orElse("");
                if (longest.isEmpty()) {
                    yield TestPlan.direct(field, match);
                }
                Match folded = like.ignoreCase() ? new Match.Like(like.pattern().lowerCase(), true) : match;
                yield new TestPlan(field, folded, Knowledge.POSSIBLE, NOTHING, lower(longest), null);
            }
            case Match.Finds finds -> {
                BoundedRegex regex = regex(finds);
                String required = regex.requiredText();
                boolean scanned = required.length() >= MINIMUM_REQUIRED && isAscii(required);
                yield scanned
                        ? new TestPlan(field, match, Knowledge.POSSIBLE, NOTHING, lower(required), regex)
                        : TestPlan.direct(field, match).withRegex(regex);
            }
            case Match.Present _, Match.InNetwork _, Match.Compares _, Match.InTime _, Match.Relates _ ->
                TestPlan.direct(field, match);
        };
    }

    /// The value of a variable is looked at only when the rest of the filter leaves no other way: nothing scans it.
    private TestPlan variablePlan(Filter.Test test) {
        int field = fields.numberOf(test.field());
        Match match = test.match();
        return switch (match) {
            case Match.Same(String text, boolean ignoreCase) ->
                ignoreCase && !text.isEmpty() ? like(field, Wildcards.literal(text)) : exactly(field, match, text);
            case Match.Contains(String text, boolean ignoreCase) ->
                ignoreCase ? like(field, Wildcards.literal(text).surround(true, true)) : exactly(field, match, text);
            case Match.StartsWith(String text, boolean ignoreCase) ->
                ignoreCase ? like(field, Wildcards.literal(text).surround(false, true)) : exactly(field, match, text);
            case Match.EndsWith(String text, boolean ignoreCase) ->
                ignoreCase ? like(field, Wildcards.literal(text).surround(true, false)) : exactly(field, match, text);
            case Match.Like like -> like.ignoreCase() ? like(field, like.pattern()) : TestPlan.direct(field, match);
            case Match.Finds finds -> TestPlan.direct(field, match).withRegex(regex(finds));
            case Match.InNetwork _, Match.Compares _, Match.InTime _, Match.Present _, Match.Relates _ ->
                TestPlan.direct(field, match);
        };
    }

    /// True for a text that is better searched for where a candidate asks: it would slow the scan for all others.
    private static boolean isShort(Match.Contains contains) {
        return !contains.ignoreCase() && contains.text().length() < MINIMUM_REQUIRED;
    }

    private BoundedRegex regex(Match.Finds finds) {
        return regexes.computeIfAbsent(finds, absent -> BoundedRegex.compile(absent.expression(), absent.ignoreCase()));
    }

    private static TestPlan exactly(int field, Match match, String text) {
        return new TestPlan(field, match, Knowledge.DIRECT, text.getBytes(StandardCharsets.UTF_8), NOTHING, null);
    }

    private static TestPlan like(int field, Wildcards pattern) {
        return TestPlan.direct(field, new Match.Like(pattern.lowerCase(), true));
    }

    private static TestPlan literal(int field, Match match, String text, boolean ignoreCase) {
        byte[] folded = lower(text);
        return ignoreCase
                ? new TestPlan(field, match, Knowledge.EXACT, folded, folded, null)
                : new TestPlan(field, match, Knowledge.POSSIBLE, text.getBytes(StandardCharsets.UTF_8), folded, null);
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    static byte[] lower(String text) {
        return Folding.lower(text).getBytes(StandardCharsets.UTF_8);
    }
}
