package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.ValueType;
import java.util.List;

/// One row of a mapping as it is written. Immutable.
///
/// @param from names of the part: sources spell one thing in many ways
/// @param to field
/// @param label text for the label field beside a custom field; empty for none
/// @param ifEmpty leaves a field alone that has a value
/// @param place where the row stands
record MappingRow(
        List<String> from, String to, List<Conversion> conversions, String label, boolean ifEmpty, Position place) {
    /// One conversion or a list of them.
    static final ValueType<List<Conversion>> CONVERSIONS = ValueType.of(
            "conversions",
            ConfigNode.mapping().build(),
            (name, node, problems) -> {
                int before = problems.count();
                List<Conversion> read = Conversions.read(node, problems);
                return problems.count() > before ? null : read;
            },
            String::valueOf);

    static final ConfigSpec<MappingRow> SPEC = ConfigSpec.of("mapping", "Which part fills which field.", keys -> {
        var from = keys.key("from", "Name of the part, or a list of names.", ConditionSpec.TEXTS)
                .required();
        var to = keys.text("to", "Field.").example("SourceAddress").required();
        var convert = keys.key("convert", "What to do to the text first.", CONVERSIONS)
                .defaultTo(List.of());
        var label = keys.text("label", "Meaning of a custom field.").defaultTo("");
        var ifEmpty = keys.flag("ifEmpty", "Leaves a field alone that has a value already.")
                .defaultTo(false);
        return values -> new MappingRow(
                values.get(from),
                values.get(to),
                values.get(convert),
                values.get(label),
                values.get(ifEmpty),
                values.position("to"));
    });

    MappingRow {
        from = List.copyOf(from);
        conversions = List.copyOf(conversions);
    }
}
