package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Position;
import io.tocsin.expression.Condition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An enrichment of a normalizer as it is written. Immutable.
///
/// @param template text with fields in double braces
/// @param row what becomes of it
/// @param condition holds before it is done; null for always
record EnrichmentSpec(
        String template, MappingRow row, @Nullable Condition condition) {
    static final ConfigSpec<EnrichmentSpec> SPEC = ConfigSpec.of("enrich", "Fills a field from others.", keys -> {
        var constant = keys.text("constant", "Text that the field gets.").optional();
        var field = keys.text("field", "Field that is copied.")
                .example("SourceUserName")
                .optional();
        var template = keys.text("template", "Text with fields in double braces.")
                .example("{{.SourceUserName}} from {{.SourceAddress}}")
                .optional();
        var convert = keys.key(
                        "convert",
                        "What to do to the text first; map makes a dictionary of it.",
                        MappingRow.CONVERSIONS)
                .defaultTo(List.of());
        var to = keys.text("to", "Field.").example("Name").required();
        var label = keys.text("label", "Meaning of a custom field.").defaultTo("");
        var ifEmpty = keys.flag("ifEmpty", "Leaves a field alone that has a value already.")
                .defaultTo(false);
        var condition = keys.key("if", "Condition on the fields that are filled.", Condition.TYPE)
                .optional();
        return values -> {
            List<String> sources = new ArrayList<>();
            String text = values.get(constant);
            if (text != null) {
                if (text.contains("{{")) {
                    throw new IllegalArgumentException(
                            "a constant holds no fields: say template [constant=" + text + "]");
                }
                sources.add(text);
            }
            String name = values.get(field);
            if (name != null) {
                sources.add("{{" + name + "}}");
            }
            String written = values.get(template);
            if (written != null) {
                sources.add(written);
            }
            if (sources.size() != 1) {
                throw new IllegalArgumentException(
                        "exactly one of constant, field, template is expected [found=" + sources.size() + "]");
            }
            Position place = values.position("to");
            MappingRow row = new MappingRow(
                    List.of("enrich"),
                    values.get(to),
                    values.get(convert),
                    values.get(label),
                    values.get(ifEmpty),
                    List.of(),
                    null,
                    place);
            return new EnrichmentSpec(sources.getFirst(), row, values.get(condition));
        };
    });
}
