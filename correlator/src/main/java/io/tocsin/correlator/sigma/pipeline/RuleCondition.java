package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Suggestions;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// For which rules an item of a pipeline is. Immutable.
sealed interface RuleCondition
        permits AttributeCondition,
                RuleCondition.Logsource,
                RuleCondition.ContainsItem,
                RuleCondition.ContainsField,
                RuleCondition.Applied,
                RuleCondition.State,
                RuleCondition.IsCorrelation,
                RuleCondition.Tag {
    List<String> TYPES = List.of(
            "logsource",
            "contains_detection_item",
            "contains_field",
            "processing_item_applied",
            "processing_state",
            "is_sigma_rule",
            "is_sigma_correlation_rule",
            "rule_attribute",
            "tag");

    boolean holds(RuleDraft draft);

    /// The log source says this; of a correlation one of its rules does.
    record Logsource(SigmaLogsource logsource) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            return draft.logsources().stream().anyMatch(logsource::covers);
        }
    }

    /// A line asks for this value of this field.
    record ContainsItem(String field, ConfigNode.Scalar value) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            ValueText wanted = ValueText.parse(value.text());
            return draft.anyItem(item -> item.field().equals(field)
                    && item.isTextual()
                    && item.values().stream()
                            .anyMatch(each -> each instanceof ConfigNode.Scalar scalar
                                    && scalar.isNull() == value.isNull()
                                    && item.text(scalar).equals(wanted)));
        }
    }

    /// A line asks for this field.
    record ContainsField(String field) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            return draft.anyItem(item -> item.field().equals(field));
        }
    }

    /// An earlier item was for this rule.
    record Applied(String item) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            return draft.isMarkedBy(item);
        }
    }

    /// A pipeline remembers this.
    record State(StateComparison comparison) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            return comparison.holds(draft);
        }
    }

    /// It is a correlation rule, or it is none.
    record IsCorrelation(boolean correlation) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            return draft.isCorrelation() == correlation;
        }
    }

    /// The rule has this tag.
    record Tag(String tag) implements RuleCondition {
        @Override
        public boolean holds(RuleDraft draft) {
            return draft.attribute("tags") instanceof ConfigNode.Sequence list
                    && list.items().stream()
                            .anyMatch(each -> each instanceof ConfigNode.Scalar scalar
                                    && scalar.text().equalsIgnoreCase(tag));
        }
    }

    /// The condition of a mapping, or null after the problem was added.
    static @Nullable RuleCondition read(Settings settings) {
        String type = settings.text("type");
        return switch (type) {
            case "logsource" -> {
                SigmaLogsource logsource = logsource(settings);
                if (logsource.equals(SigmaLogsource.ANY)) {
                    settings.refuse("log source is empty: give a category, a product or a service");
                }
                yield new Logsource(logsource);
            }
            case "contains_detection_item" -> new ContainsItem(settings.text("field"), settings.scalar("value"));
            case "contains_field" -> new ContainsField(settings.text("field"));
            case "processing_item_applied" -> new Applied(settings.text("processing_item_id"));
            case "processing_state" -> new State(StateComparison.read(settings));
            case "is_sigma_rule" -> new IsCorrelation(false);
            case "is_sigma_correlation_rule" -> new IsCorrelation(true);
            case "rule_attribute" -> AttributeCondition.read(settings);
            case "tag" -> new Tag(settings.text("tag"));
            default -> {
                settings.refuse(
                        "type of rule condition is not known [type=" + type + "]" + Suggestions.hint(type, TYPES));
                yield null;
            }
        };
    }

    static SigmaLogsource logsource(Settings settings) {
        return new SigmaLogsource(
                settings.text("category", "").toLowerCase(Locale.ROOT),
                settings.text("product", "").toLowerCase(Locale.ROOT),
                settings.text("service", "").toLowerCase(Locale.ROOT));
    }
}
