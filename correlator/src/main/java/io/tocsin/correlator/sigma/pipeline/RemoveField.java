package io.tocsin.correlator.sigma.pipeline;

import java.util.List;
import java.util.function.Predicate;

/// `remove_field`: fields that findings do not show.
record RemoveField(List<String> names) implements RuleTransformation {
    static RemoveField read(Settings settings) {
        return new RemoveField(settings.texts("field"));
    }

    @Override
    public void apply(RuleDraft draft) {
        draft.fields(
                draft.fields().stream().filter(Predicate.not(names::contains)).toList());
    }
}
