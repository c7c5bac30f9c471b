package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.Suggestions;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The list of all transformations.
final class Transformations {
    private static final Map<String, Function<Settings, Transformation>> READERS = new TreeMap<>(Map.ofEntries(
            Map.entry("add_condition", AddCondition::read),
            Map.entry("add_field", AddField::read),
            Map.entry("case", CaseOfValues::read),
            Map.entry("change_logsource", ChangeLogsource::read),
            Map.entry("convert_type", ConvertType::read),
            Map.entry("detection_item_failure", DetectionItemFailure::read),
            Map.entry("drop_detection_item", DropDetectionItem::read),
            Map.entry("field_name_mapping", FieldNameMapping::read),
            Map.entry("field_name_prefix", FieldNamePrefix::read),
            Map.entry("field_name_prefix_mapping", FieldNamePrefixMapping::read),
            Map.entry("field_name_suffix", FieldNameSuffix::read),
            Map.entry("hashes_fields", HashesFields::read),
            Map.entry("map_string", MapString::read),
            Map.entry("regex", RegexOfValues::read),
            Map.entry("remove_field", RemoveField::read),
            Map.entry("replace_string", ReplaceString::read),
            Map.entry("rule_failure", RuleFailure::read),
            Map.entry("set_custom_attribute", SetAttribute::read),
            Map.entry("set_field", SetField::read),
            Map.entry("set_state", SetState::read),
            Map.entry("set_value", SetValue::read),
            Map.entry("value_placeholders", ValuePlaceholders::read),
            Map.entry("wildcard_placeholders", WildcardPlaceholders::read)));

    /// Those that can mean nothing here, and why.
    private static final Map<String, String> REFUSED = Map.of(
            "query_expression_placeholders",
            "it writes text of a query language, and rules are not translated into one here: use value_placeholders",
            "field_name_transform",
            "it calls a function of Python, which a file cannot name: use field_name_mapping or a prefix");

    private Transformations() {}

    /// The transformation of an item, or null after the problem was added.
    static @Nullable Transformation read(Settings settings, int depth) {
        String type = settings.text("type");
        if (type.equals("nest")) {
            return Nest.read(settings, depth);
        }
        Function<Settings, Transformation> reader = READERS.get(type);
        if (reader != null) {
            return reader.apply(settings);
        }
        String reason = REFUSED.get(type);
        settings.refuse(
                reason == null
                        ? "transformation is not known [type=" + type + "]" + Suggestions.hint(type, READERS.keySet())
                        : "transformation cannot be used here [type=" + type + "]: " + reason);
        return null;
    }
}
