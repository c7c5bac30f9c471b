package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.ValueType;
import io.tocsin.expression.Condition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The way to a nested normalizer as it is written. Immutable.
///
/// @param name what a normalizer written in place is called
/// @param fields condition on the fields that are filled so far
/// @param source part that is handed down, null for the whole text, `raw` for the text of the event
/// @param normalizer name of a normalizer, or one written in place
record LinkSpec(
        @Nullable String name,
        List<ConditionSpec> conditions,
        @Nullable Condition fields,
        @Nullable String source,
        List<Conversion> conversions,
        boolean goesOn,
        boolean consumes,
        ConfigNode normalizer) {
    private static final ValueType<List<ConditionSpec>> CONDITIONS = ValueType.of(
            "one condition or a list of them, all of which must hold",
            ConfigNode.mapping().build(),
            (name, node, problems) -> {
                List<ConfigNode> items =
                        node instanceof ConfigNode.Sequence sequence ? sequence.items() : List.of(node);
                int before = problems.count();
                List<ConditionSpec> result = new ArrayList<>();
                for (ConfigNode item : items) {
                    ConditionSpec condition = ConditionSpec.SPEC.read(item, problems);
                    if (condition != null) {
                        result.add(condition);
                    }
                }
                return problems.count() > before ? null : List.copyOf(result);
            },
            String::valueOf);

    static final ConfigSpec<LinkSpec> SPEC = ConfigSpec.of("nested", "A nested normalizer.", keys -> {
        var name = keys.text("name", "What a normalizer written in place is called.")
                .optional();
        var when = keys.key("when", "Conditions on parts.", CONDITIONS).defaultTo(List.of());
        var fields = keys.key("if", "Condition on the fields that are filled so far.", Condition.TYPE)
                .optional();
        var source = keys.text(
                        "source", "Part to take apart; the whole text when left out, raw for the text of the event.")
                .optional();
        var convert = keys.key("convert", "What to do to the text first.", MappingRow.CONVERSIONS)
                .defaultTo(List.of());
        var goesOn = keys.flag("continue", "Normalizers behind it are tried even when it understood the text.")
                .defaultTo(false);
        var consumes = keys.flag(
                        "consumes", "When it understands the part, the part itself fills no field of this normalizer.")
                .defaultTo(false);
        var normalizer = keys.tree("normalizer", "Name of a normalizer, or one written in place.")
                .required();
        return values -> new LinkSpec(
                values.get(name),
                values.get(when),
                values.get(fields),
                values.get(source),
                values.get(convert),
                values.get(goesOn),
                values.get(consumes),
                values.get(normalizer));
    });

    LinkSpec {
        conditions = List.copyOf(conditions);
        conversions = List.copyOf(conversions);
    }
}
