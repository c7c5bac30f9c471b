package io.tocsin.correlator.sigma.pipeline;

import java.util.List;

/// `set_field`: the fields that findings show, in the place of those that the rule names.
record SetField(List<String> names) implements RuleTransformation {
    static SetField read(Settings settings) {
        return new SetField(settings.texts("fields"));
    }

    @Override
    public void apply(RuleDraft draft) {
        draft.fields(names);
        draft.given().addAll(names);
    }
}
