package io.tocsin.correlator.sigma.pipeline;

/// `change_logsource`: another log source in the place of the whole one.
record ChangeLogsource(SigmaLogsource logsource) implements RuleTransformation {
    static ChangeLogsource read(Settings settings) {
        SigmaLogsource logsource = RuleCondition.logsource(settings);
        if (logsource.equals(SigmaLogsource.ANY)) {
            settings.refuse("log source is empty: give a category, a product or a service");
        }
        return new ChangeLogsource(logsource);
    }

    @Override
    public void apply(RuleDraft draft) {
        if (!draft.isCorrelation()) {
            draft.logsource(logsource);
        }
    }
}
