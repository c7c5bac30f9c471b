package io.tocsin.expression;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.event.Event;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A condition made ready to be asked for many events: reads the bytes of the event in place, allocates nothing for
/// text and whole numbers (regular expressions and fractions shown as text allocate a little), and asks what is
/// cheap before what is dear. The order has no influence on the answer.
///
/// Thread-safety: one thread; compile the [Condition] once for each.
public final class CompiledCondition {
    private final Condition condition;
    private final Step step;

    private CompiledCondition(Condition condition, Step step) {
        this.condition = condition;
        this.step = step;
    }

    static CompiledCondition of(Condition condition) {
        Problems problems = new Problems();
        check(condition, problems);
        if (!problems.isEmpty()) {
            throw new InvalidConditionException("", problems.list());
        }
        return new CompiledCondition(condition, step(condition, new Scratch()));
    }

    /// True when the condition holds for the event.
    public boolean test(Event event) {
        return step.test(event);
    }

    public Condition condition() {
        return condition;
    }

    /// Rough nanoseconds for one event, to order conditions by.
    public int cost() {
        return step.cost();
    }

    @Override
    public String toString() {
        return condition.text();
    }

    private static void check(Condition condition, Problems problems) {
        switch (condition) {
            case Condition.And and -> and.parts().forEach(part -> check(part, problems));
            case Condition.Or or -> or.parts().forEach(part -> check(part, problems));
            case Condition.Not not -> check(not.part(), problems);
            case Condition.Test test -> {
                report(test, ConditionChecks.field(test.field(), test.operator()), problems);
                for (String value : test.values()) {
                    report(test, ConditionChecks.value(test.field(), test.operator(), value), problems);
                }
            }
            case Condition.Relation relation ->
                report(relation, ConditionChecks.relation(relation.left(), relation.right()), problems);
        }
    }

    private static void report(Condition condition, Optional<String> message, Problems problems) {
        message.ifPresent(text -> problems.add(Position.NONE, text + " in " + condition.text()));
    }

    private static Step step(Condition condition, Scratch scratch) {
        return switch (condition) {
            case Condition.And and -> new All(steps(and.parts(), scratch));
            case Condition.Or or -> new Any(steps(or.parts(), scratch));
            case Condition.Not not -> new Opposite(step(not.part(), scratch));
            case Condition.Test test -> leaf(test, scratch);
            case Condition.Relation relation ->
                new Related(
                        FieldAccess.of(relation.left(), scratch),
                        new RelationTest(
                                relation.operator(),
                                relation.ignoreCase(),
                                FieldAccess.of(relation.right(), scratch),
                                scratch));
        };
    }

    private static Step leaf(Condition.Test test, Scratch scratch) {
        FieldAccess access = FieldAccess.of(test.field(), scratch);
        List<String> values = test.values();
        boolean orEmpty = values.contains("");
        if (orEmpty) {
            values = values.stream().filter(value -> !value.isEmpty()).toList();
            Step empty = new Opposite(new Leaf(
                    access,
                    ValueTests.of(
                            Operator.EXISTS, List.of(), false, test.field().valueType(), scratch)));
            if (values.isEmpty()) {
                return empty;
            }
            return new Any(new Step[] {empty, new Leaf(access, valueTest(test, values, scratch))});
        }
        return new Leaf(access, valueTest(test, values, scratch));
    }

    private static ValueTest valueTest(Condition.Test test, List<String> values, Scratch scratch) {
        return ValueTests.of(
                test.operator(), values, test.ignoreCase(), test.field().valueType(), scratch);
    }

    private static Step[] steps(List<Condition> parts, Scratch scratch) {
        List<Step> steps = new ArrayList<>();
        parts.forEach(part -> steps.add(step(part, scratch)));
        steps.sort(Comparator.comparingInt(Step::cost));
        return steps.toArray(Step[]::new);
    }

    private abstract static class Step {
        abstract boolean test(Event event);

        abstract int cost();
    }

    private static final class Leaf extends Step {
        private final FieldAccess access;
        private final ValueTest test;

        Leaf(FieldAccess access, ValueTest test) {
            this.access = access;
            this.test = test;
        }

        @Override
        boolean test(Event event) {
            return access.any(event, test);
        }

        @Override
        int cost() {
            return (int) Math.min(Integer.MAX_VALUE / 1_000, (long) access.factor() * test.cost());
        }
    }

    private static final class Related extends Step {
        private final FieldAccess left;
        private final RelationTest test;

        Related(FieldAccess left, RelationTest test) {
            this.left = left;
            this.test = test;
        }

        @Override
        boolean test(Event event) {
            return test.holds(event, left);
        }

        @Override
        int cost() {
            return test.cost();
        }
    }

    private static final class All extends Step {
        private final Step[] steps;

        All(Step[] steps) {
            this.steps = steps;
        }

        @Override
        boolean test(Event event) {
            for (Step step : steps) {
                if (!step.test(event)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        int cost() {
            return sum(steps);
        }
    }

    private static final class Any extends Step {
        private final Step[] steps;

        Any(Step[] steps) {
            this.steps = steps;
        }

        @Override
        boolean test(Event event) {
            for (Step step : steps) {
                if (step.test(event)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        int cost() {
            return sum(steps);
        }
    }

    private static final class Opposite extends Step {
        private final Step step;

        Opposite(Step step) {
            this.step = step;
        }

        @Override
        boolean test(Event event) {
            return !step.test(event);
        }

        @Override
        int cost() {
            return step.cost();
        }
    }

    private static int sum(Step[] steps) {
        long sum = 1;
        for (Step step : steps) {
            sum += step.cost();
        }
        return (int) Math.min(Integer.MAX_VALUE / 1_000, sum);
    }
}
