package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;

/// Puts before each expression that no scan finds the texts that its matches contain, as tests of their own. Such
/// expressions are candidates for nearly every event; what several of them require (`&&`) is then looked for once in a
/// value, however many there are.
///
/// Thread-safety: one thread.
final class RequiredTexts {
    private final TestPlanner planner;

    RequiredTexts(TestPlanner planner) {
        this.planner = planner;
    }

    /// A filter that is true for the same events.
    Filter before(Filter filter) {
        return switch (filter) {
            case Filter.All all ->
                Filter.all(all.parts().stream().map(this::before).toList());
            case Filter.Any any ->
                Filter.any(any.parts().stream().map(this::before).toList());
            case Filter.Not not -> Filter.not(before(not.part()));
            case Filter.Leaf leaf -> leaf;
            case Filter.Test test -> before(test);
        };
    }

    private Filter before(Filter.Test test) {
        if (!(test.match() instanceof Match.Finds)
                || test.field() instanceof FieldReference.AnyField
                || Variable.is(test.field())) {
            return test;
        }
        TestPlan plan = planner.plan(test);
        BoundedRegex regex = plan.regex();
        if (regex == null || plan.knowledge() != TestPlan.Knowledge.DIRECT) {
            return test;
        }
        List<Filter> parts = new ArrayList<>();
        for (String text : regex.requiredExactTexts()) {
            parts.add(new Filter.Test(test.field(), new Match.Contains(text, false)));
        }
        parts.add(test);
        return Filter.all(parts);
    }
}
