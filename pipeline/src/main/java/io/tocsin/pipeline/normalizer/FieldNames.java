package io.tocsin.pipeline.normalizer;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads names of fields that a normalizer may write: schema fields that are not filled by the product itself, and
/// dynamic fields such as `S.ticket`.
final class FieldNames {
    /// Fields with constant values.
    static final ValueType<List<Constant>> CONSTANTS = ValueType.of(
            "mapping of field to value",
            ConfigNode.mapping().put("type", "object").build(),
            (name, node, problems) -> constants(name, node, problems),
            String::valueOf);

    private static final List<String> WRITABLE = Stream.of(Field.values())
            .filter(field -> field.group() != FieldGroup.SERVICE)
            .map(Field::fieldName)
            .toList();

    private FieldNames() {}

    /// A field that a normalizer may write: one of both is there.
    record Reference(@Nullable Field field, @Nullable DynamicKind dynamic, String key) {}

    /// Reads a name; adds what is wrong and returns null when it is none.
    static @Nullable Reference read(String name, Position position, Problems problems) {
        Field field = Fields.byName(name);
        if (field != null) {
            if (field.group() == FieldGroup.SERVICE) {
                problems.add(position, "the field is filled by the product and cannot be written [field=" + name + "]");
                return null;
            }
            return new Reference(field, null, "");
        }
        int dot = name.indexOf('.');
        DynamicKind family = dot > 0 ? DynamicKind.ofPrefix(name.substring(0, dot)) : null;
        if (family != null && dot + 1 < name.length()) {
            return new Reference(null, family, name.substring(dot + 1));
        }
        problems.add(
                position,
                "no such field [field=" + name + "]" + Suggestions.hint(name, WRITABLE)
                        + "; own fields are named S.x, N.x, F.x, SA.x, NA.x, FA.x or Extra.x");
        return null;
    }

    private static @Nullable List<Constant> constants(String name, ConfigNode node, Problems problems) {
        if (!(node instanceof ConfigNode.Mapping mapping)) {
            problems.add(node.position(), "a mapping of fields to values is expected [key=" + name + "]");
            return null;
        }
        int before = problems.count();
        List<Constant> result = new ArrayList<>();
        for (ConfigNode.Entry entry : mapping.entries()) {
            Reference reference = read(entry.name(), entry.position(), problems);
            if (!(entry.value() instanceof ConfigNode.Scalar scalar)) {
                problems.add(entry.value().position(), "one value is expected [field=" + entry.name() + "]");
                continue;
            }
            if (reference == null) {
                continue;
            }
            try {
                if (reference.field != null) {
                    result.add(Constant.of(reference.field, scalar.text()));
                } else if (reference.dynamic != null) {
                    result.add(Constant.of(reference.dynamic, reference.key, scalar.text()));
                }
            } catch (IllegalArgumentException e) {
                problems.add(scalar.position(), String.valueOf(e.getMessage()));
            }
        }
        return problems.count() > before ? null : List.copyOf(result);
    }
}
