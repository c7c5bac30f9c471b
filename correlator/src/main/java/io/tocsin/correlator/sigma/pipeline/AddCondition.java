package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `add_condition`: a selection that must hold beside the condition of a detection rule, or must not.
///
/// @param conditions fields with modifiers, and values
/// @param template true when `$category`, `$product` and `$service` in values stand for the log source
record AddCondition(ConfigNode conditions, boolean template, boolean negated) implements RuleTransformation {
    private static final Pattern PLACE = Pattern.compile("\\$(?:\\$|\\{?(category|product|service)\\b\\}?)");

    static AddCondition read(Settings settings) {
        // Of use where conditions are texts; nothing can speak of it here.
        settings.node("name");
        ConfigNode conditions = settings.node("conditions");
        if (conditions == null) {
            settings.refuse("conditions are missing [key=conditions]");
            conditions = ConfigNode.text("");
        }
        Selection.read(conditions, settings.problems());
        return new AddCondition(conditions, settings.flag("template"), settings.flag("negated"));
    }

    @Override
    public void apply(RuleDraft draft) {
        if (draft.isCorrelation()) {
            return;
        }
        ConfigNode filled = template ? filled(conditions, draft.logsource()) : conditions;
        draft.add(new RuleDraft.Added(Selection.read(filled, new Problems()), negated));
    }

    private static ConfigNode filled(ConfigNode node, SigmaLogsource logsource) {
        return switch (node) {
            case ConfigNode.Scalar scalar ->
                scalar.text().indexOf('$') < 0
                        ? scalar
                        : new ConfigNode.Scalar(scalar.position(), filled(scalar.text(), logsource), scalar.quoted());
            case ConfigNode.Sequence list ->
                new ConfigNode.Sequence(
                        list.position(),
                        list.items().stream()
                                .map(each -> filled(each, logsource))
                                .toList());
            case ConfigNode.Mapping mapping -> {
                List<ConfigNode.Entry> entries = mapping.entries().stream()
                        .map(entry ->
                                new ConfigNode.Entry(entry.position(), entry.name(), filled(entry.value(), logsource)))
                        .toList();
                yield new ConfigNode.Mapping(mapping.position(), entries);
            }
        };
    }

    private static String filled(String text, SigmaLogsource logsource) {
        return PLACE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(
                        switch (found.group(1)) {
                            case null -> "$";
                            case "category" -> logsource.category();
                            case "product" -> logsource.product();
                            default -> logsource.service();
                        }));
    }
}
