package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;

/// `set_state`: remembers a value for this rule, of which later conditions speak.
record SetState(String key, ConfigNode.Scalar value) implements RuleTransformation {
    static SetState read(Settings settings) {
        return new SetState(settings.text("key"), settings.scalar("val"));
    }

    @Override
    public void apply(RuleDraft draft) {
        draft.state().put(key, value);
    }
}
