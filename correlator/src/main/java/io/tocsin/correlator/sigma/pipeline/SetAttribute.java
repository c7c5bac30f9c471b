package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;

/// `set_custom_attribute`: a key of the rule, of which `rule_attribute` may speak. What the rule itself says wins.
record SetAttribute(String attribute, ConfigNode value) implements RuleTransformation {
    static SetAttribute read(Settings settings) {
        ConfigNode value = settings.node("value");
        if (value == null) {
            settings.refuse("value is missing [key=value]");
            value = ConfigNode.text("");
        }
        return new SetAttribute(settings.text("attribute"), value);
    }

    @Override
    public void apply(RuleDraft draft) {
        draft.attribute(attribute, value);
    }
}
