package io.tocsin.correlator.detect;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.FieldType;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import io.tocsin.expression.Operator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What can be told of a filter without seeing an event: that it holds for every one, or for none.
final class FilterLogic {
    /// Comparisons of two lists of alternatives are given up beyond this.
    private static final int MAXIMUM_PAIRS = 100_000;

    enum Truth {
        ALWAYS,
        NEVER,
        DEPENDS
    }

    /// @param reason in words; empty when it depends
    record Verdict(Truth truth, String reason) {}

    /// A field and the alternatives for its value.
    private record Alternatives(FieldReference field, List<Filter.Test> tests) {}

    private static final Verdict DEPENDS = new Verdict(Truth.DEPENDS, "");

    private FilterLogic() {}

    static Verdict of(Filter filter) {
        return verdict(plain(filter));
    }

    private static Verdict verdict(Filter filter) {
        return switch (filter) {
            case Filter.All all -> all(all.parts());
            case Filter.Any any -> any(any.parts());
            case Filter.Not not -> not(verdict(not.part()));
            case Filter.Test test
            when MatchLogic.isImpossible(test.match()) ->
                new Verdict(Truth.NEVER, "no time is so: " + FilterText.test(test));
            case Filter.Test _, Filter.Leaf _ -> DEPENDS;
        };
    }

    /// The same filter, with tests in the place of conditions that the engine evaluates as they are but that say no
    /// more than a test: of presence, and comparisons of numbers.
    private static Filter plain(Filter filter) {
        return switch (filter) {
            case Filter.All all ->
                new Filter.All(all.parts().stream().map(FilterLogic::plain).toList());
            case Filter.Any any ->
                new Filter.Any(any.parts().stream().map(FilterLogic::plain).toList());
            case Filter.Not not -> Filter.not(plain(not.part()));
            case Filter.Leaf leaf -> leaf.condition() instanceof Condition.Test test ? plain(leaf, test) : leaf;
            case Filter.Test test -> test;
        };
    }

    private static Filter plain(Filter.Leaf leaf, Condition.Test test) {
        Match.Comparison comparison = switch (test.operator()) {
            case LESS -> Match.Comparison.LESS;
            case LESS_OR_EQUAL -> Match.Comparison.AT_MOST;
            case GREATER -> Match.Comparison.GREATER;
            case GREATER_OR_EQUAL -> Match.Comparison.AT_LEAST;
            case EQUAL, CONTAINS, STARTS_WITH, ENDS_WITH, MATCH, SEARCH, IN_SUBNET, HAS_BIT, EXISTS -> null;
        };
        if (comparison != null && test.field().valueType() == FieldType.INTEGER) {
            return new Filter.Test(
                    test.field(),
                    new Match.Compares(
                            comparison, Double.parseDouble(test.values().getFirst())));
        }
        return test.operator() == Operator.EXISTS ? new Filter.Test(test.field(), new Match.Present()) : leaf;
    }

    /// The parts of alternatives that can never be the one that holds.
    static List<Verdict> deadParts(Filter filter) {
        List<Verdict> dead = new ArrayList<>();
        deadParts(plain(filter), dead);
        return dead;
    }

    private static void deadParts(Filter filter, List<Verdict> into) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> deadParts(part, into));
            case Filter.Any any -> {
                for (Filter part : any.parts()) {
                    Verdict verdict = verdict(part);
                    if (verdict.truth() == Truth.NEVER) {
                        into.add(verdict);
                    } else {
                        deadParts(part, into);
                    }
                }
            }
            case Filter.Not not -> deadParts(not.part(), into);
            case Filter.Test _, Filter.Leaf _ -> {}
        }
    }

    private static Verdict not(Verdict verdict) {
        return switch (verdict.truth()) {
            case ALWAYS -> new Verdict(Truth.NEVER, "what is excluded always holds: " + verdict.reason());
            case NEVER -> new Verdict(Truth.ALWAYS, "what is excluded never holds: " + verdict.reason());
            case DEPENDS -> DEPENDS;
        };
    }

    private static Verdict all(List<Filter> parts) {
        if (parts.isEmpty()) {
            return new Verdict(Truth.ALWAYS, "it asks for nothing");
        }
        boolean always = true;
        List<Alternatives> wanted = new ArrayList<>();
        for (Filter part : parts) {
            Verdict verdict = verdict(part);
            if (verdict.truth() == Truth.NEVER) {
                return verdict;
            }
            always &= verdict.truth() == Truth.ALWAYS;
            Alternatives alternatives = alternatives(part);
            if (alternatives != null) {
                wanted.add(alternatives);
            }
        }
        if (always) {
            return new Verdict(Truth.ALWAYS, "every part of it always holds");
        }
        Set<Filter> asked = new HashSet<>(parts);
        for (Filter part : parts) {
            if (part instanceof Filter.Not not) {
                Verdict verdict = excluded(not.part(), asked, wanted);
                if (verdict != null) {
                    return verdict;
                }
            }
        }
        // What excludes the other must be one value: one of several may be the one, and another the other.
        wanted.removeIf(each -> !hasOneValue(each.field()));
        for (int i = 0; i < wanted.size(); i++) {
            for (int k = i + 1; k < wanted.size(); k++) {
                if (exclude(wanted.get(i), wanted.get(k))) {
                    return new Verdict(
                            Truth.NEVER,
                            "one value cannot be both: " + text(wanted.get(i)) + " and " + text(wanted.get(k)));
                }
            }
        }
        return DEPENDS;
    }

    /// Something is asked for and excluded.
    private static @Nullable Verdict excluded(Filter excluded, Set<Filter> asked, List<Alternatives> wanted) {
        List<Filter> choices = excluded instanceof Filter.Any any ? any.parts() : List.of(excluded);
        for (Filter choice : choices) {
            if (asked.contains(choice)) {
                return new Verdict(Truth.NEVER, "asked for and excluded: " + FilterText.node(choice));
            }
        }
        List<Filter.Test> tests = choices.stream()
                .filter(Filter.Test.class::isInstance)
                .map(Filter.Test.class::cast)
                .toList();
        for (Alternatives each : wanted) {
            List<Filter.Test> same = tests.stream()
                    .filter(test -> test.field().equals(each.field()))
                    .toList();
            boolean covered = !same.isEmpty()
                    && (long) same.size() * each.tests().size() <= MAXIMUM_PAIRS
                    && each.tests().stream()
                            .allMatch(test ->
                                    same.stream().anyMatch(other -> MatchLogic.implies(test.match(), other.match())));
            if (covered) {
                return new Verdict(
                        Truth.NEVER,
                        "all that is asked for is excluded: " + text(each) + " and not "
                                + text(new Alternatives(each.field(), same)));
            }
        }
        return null;
    }

    private static Verdict any(List<Filter> parts) {
        if (parts.isEmpty()) {
            return new Verdict(
                    Truth.NEVER, "a list of which one must hold is empty, such as a placeholder without values");
        }
        String reason = "";
        Set<Filter> choices = new HashSet<>(parts);
        for (Filter part : parts) {
            Verdict verdict = verdict(part);
            if (verdict.truth() == Truth.ALWAYS) {
                return verdict;
            }
            if (verdict.truth() == Truth.DEPENDS) {
                reason = "depends";
            } else if (reason.isEmpty()) {
                reason = verdict.reason();
            }
            if (part instanceof Filter.Not not && choices.contains(not.part())) {
                return new Verdict(Truth.ALWAYS, "either this or its opposite: " + FilterText.node(not.part()));
            }
        }
        return reason.equals("depends") ? DEPENDS : new Verdict(Truth.NEVER, reason);
    }

    /// A test, or several alternatives for one field.
    private static @Nullable Alternatives alternatives(Filter filter) {
        List<Filter> parts = filter instanceof Filter.Any any ? any.parts() : List.of(filter);
        List<Filter.Test> tests = new ArrayList<>();
        for (Filter part : parts) {
            if (!(part instanceof Filter.Test test)
                    || (!tests.isEmpty() && !tests.getFirst().field().equals(test.field()))) {
                return null;
            }
            tests.add(test);
        }
        return tests.isEmpty() ? null : new Alternatives(tests.getFirst().field(), tests);
    }

    private static boolean hasOneValue(FieldReference field) {
        return field instanceof FieldReference.Fixed fixed && fixed.field().type() != FieldType.STRING_ARRAY;
    }

    private static boolean exclude(Alternatives one, Alternatives other) {
        if (!one.field().equals(other.field())
                || (long) one.tests().size() * other.tests().size() > MAXIMUM_PAIRS) {
            return false;
        }
        for (Filter.Test test : one.tests()) {
            for (Filter.Test second : other.tests()) {
                if (!MatchLogic.exclude(test.match(), second.match())) {
                    return false;
                }
            }
        }
        return true;
    }

    private static String text(Alternatives alternatives) {
        List<Filter.Test> tests = alternatives.tests();
        return FilterText.test(tests.getFirst()) + (tests.size() == 1 ? "" : " (or " + (tests.size() - 1) + " more)");
    }
}
