package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One row of a mapping as it is written. Immutable.
///
/// @param from names of the part: sources spell one thing in many ways
/// @param to field
/// @param label text for the label field beside a custom field; empty for none
/// @param ifEmpty leaves a field alone that has a value
/// @param times layouts of times, tried before those of the normalizer
/// @param timeZone zone of times that are written without one; null for that of the normalizer
/// @param place where the row stands
record MappingRow(
        List<String> from,
        String to,
        List<Conversion> conversions,
        String label,
        boolean ifEmpty,
        List<String> times,
        @Nullable String timeZone,
        Position place) {
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
        var times = keys.list("times", "Layouts of the time, tried before those of the normalizer.", ValueTypes.TEXT)
                .defaultTo(List.of());
        var timeZone = keys.text("timeZone", "Zone of the time when it is written without one.")
                .example("Europe/Berlin")
                .optional();
        return values -> new MappingRow(
                values.get(from),
                values.get(to),
                values.get(convert),
                values.get(label),
                values.get(ifEmpty),
                values.get(times),
                values.get(timeZone),
                values.position("to"));
    });

    MappingRow {
        from = List.copyOf(from);
        conversions = List.copyOf(conversions);
        times = List.copyOf(times);
    }
}
