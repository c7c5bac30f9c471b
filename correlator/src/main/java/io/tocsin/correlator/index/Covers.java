package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.index.TestPlan.Knowledge;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Chooses for each filter its **cover**: tests of which at least one must be true for the filter to be true, and as
/// seldom as possible otherwise. The cover of `all` is that of its rarest part, the cover of `any` is that of all its
/// parts together; `not` has none. How rare a test is, is guessed from its length and popularity until events have
/// shown it.
///
/// Thread-safety: one thread.
final class Covers {
    /// Weight of a test that nothing is known of but that its field has a value.
    private static final double PRESENCE = 1e6;
    /// What the guess adds for a word that may stand anywhere: all texts of the event are scanned for it, which is only
    /// worth it for a filter that has little else.
    private static final double ANYWHERE = PRESENCE / 50;
    /// The same as a share of the events: so many candidates cost less than the scan.
    private static final double ANYWHERE_SHARE = 0.02;
    /// What the guess still counts when rates are known: it decides between tests that were never true.
    private static final double GUESS_SHARE = 1e-8;
    /// How much more a text weighs that values contain, when it has fewer than seven bytes, and fewer than four.
    private static final double SHORT = 4;

    private static final double SHORTEST = 16;
    /// A text of this length is as rare as a longer one.
    private static final int RARE_LENGTH = 40;

    private final TestPlan[] plans;
    private final ToIntFunction<Filter.Test> numberOf;
    /// How many filters use a test: what many rules ask for is likely to be common.
    private final int[] usage;

    private final @Nullable HitRates rates;

    /// @param weight how often an event is expected to make one of the tests true, on no particular scale
    private record Cover(List<Integer> tests, double weight) {}

    /// @param filters all that will be asked for
    /// @param numberOf number of a test, which has one already
    /// @param rates null when no events have been seen
    Covers(List<Filter> filters, TestPlan[] plans, ToIntFunction<Filter.Test> numberOf, @Nullable HitRates rates) {
        this.plans = plans;
        this.numberOf = numberOf;
        this.rates = rates;
        usage = new int[plans.length];
        filters.forEach(this::countUsage);
    }

    private void countUsage(Filter filter) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(this::countUsage);
            case Filter.Any any -> any.parts().forEach(this::countUsage);
            case Filter.Not not -> countUsage(not.part());
            case Filter.Leaf _ -> {}
            case Filter.Test test -> usage[numberOf.applyAsInt(test)]++;
        }
    }

    /// Numbers of the tests of a filter's cover, each once; null when it has none, so that every event is tried.
    int @Nullable [] of(Filter filter) {
        Cover cover = cover(filter);
        return cover == null
                ? null
                : cover.tests().stream().mapToInt(Integer::intValue).distinct().toArray();
    }

    private @Nullable Cover cover(Filter filter) {
        return switch (filter) {
            case Filter.Not _, Filter.Leaf _ -> null;
            case Filter.All all -> {
                Cover best = null;
                for (Filter part : all.parts()) {
                    Cover cover = cover(part);
                    if (cover != null && (best == null || cover.weight() < best.weight())) {
                        best = cover;
                    }
                }
                yield best;
            }
            case Filter.Any any -> {
                List<Integer> union = new ArrayList<>();
                double weight = 0;
                for (Filter part : any.parts()) {
                    Cover cover = cover(part);
                    if (cover == null) {
                        yield null;
                    }
                    union.addAll(cover.tests());
                    weight += cover.weight();
                }
                yield new Cover(union, weight);
            }
            case Filter.Test test -> cover(test);
        };
    }

    private @Nullable Cover cover(Filter.Test test) {
        if (Variable.is(test.field())
                || (test.match() instanceof Match.Same same && same.text().isEmpty())) {
            return null;
        }
        int number = numberOf.applyAsInt(test);
        TestPlan plan = plans[number];
        if (plan.field() < 0) {
            return plan.isWordAnywhere() ? cover(number, test.match(), ANYWHERE, ANYWHERE_SHARE) : null;
        }
        if (plan.knowledge() == Knowledge.DIRECT) {
            HitRates known = rates;
            Filter.Test present = new Filter.Test(test.field(), new Match.Present());
            double weight = known == null ? PRESENCE : known.ofField(plan.field()) + PRESENCE * GUESS_SHARE;
            return new Cover(List.of(numberOf.applyAsInt(present)), weight);
        }
        return cover(number, test.match(), 0, 0);
    }

    /// @param guessMore what is added to its weight while nothing is known
    /// @param shareMore what is added to the share of events in which it is true
    private Cover cover(int test, Match match, double guessMore, double shareMore) {
        HitRates known = rates;
        double guess = guess(match, usage[test]);
        double weight = known == null ? guess + guessMore : known.ofTest(test) + guess * GUESS_SHARE + shareMore;
        return new Cover(List.of(test), weight);
    }

    /// How often a test is true, when nothing but its text is known.
    private static double guess(Match match, int usage) {
        int length = length(match);
        if (length == 0) {
            return PRESENCE;
        }
        double guess = 1000.0 / Math.min(length, RARE_LENGTH) * (1 + usage);
        // It would need a pass of its own over all values of its field.
        boolean isShort = match instanceof Match.Contains && length < WideScan.MINIMUM;
        return !isShort ? guess : guess * (length < NarrowScan.MINIMUM ? SHORTEST : SHORT);
    }

    private static int length(Match match) {
        return switch (match) {
            case Match.Same same -> same.text().length() * 2;
            case Match.Contains contains -> contains.text().length();
            case Match.StartsWith starts -> starts.text().length();
            case Match.EndsWith ends -> ends.text().length();
            case Match.Like like ->
                like.pattern().pieces().stream().mapToInt(String::length).max().orElse(0);
            case Match.Present _, Match.Finds _, Match.InNetwork _, Match.Compares _, Match.InTime _, Match.Relates _ ->
                0;
        };
    }
}
