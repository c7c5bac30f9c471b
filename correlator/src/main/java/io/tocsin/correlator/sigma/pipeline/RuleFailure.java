package io.tocsin.correlator.sigma.pipeline;

/// `rule_failure`: refuses rules.
record RuleFailure(String message) implements RuleTransformation {
    static RuleFailure read(Settings settings) {
        return new RuleFailure(settings.text("message"));
    }

    @Override
    public void apply(RuleDraft draft) {
        draft.refuse("a pipeline refuses this rule: " + message);
    }
}
