package io.tocsin.correlator.sigma.pipeline;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// `add_field`: more fields that findings show.
record AddField(List<String> names) implements RuleTransformation {
    static AddField read(Settings settings) {
        return new AddField(settings.texts("field"));
    }

    @Override
    public void apply(RuleDraft draft) {
        Set<String> all = new LinkedHashSet<>(draft.fields());
        all.addAll(names);
        draft.fields(List.copyOf(all));
        draft.given().addAll(names);
    }
}
