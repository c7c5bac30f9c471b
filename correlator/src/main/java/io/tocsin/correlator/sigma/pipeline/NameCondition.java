package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Suggestions;
import io.tocsin.expression.BoundedRegex;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// For which names of fields an item of a pipeline is. Immutable.
sealed interface NameCondition {
    List<String> TYPES = List.of("include_fields", "exclude_fields", "processing_item_applied", "processing_state");

    /// @param name empty for keywords
    boolean holds(RuleDraft draft, String name);

    /// A line whose field is for it, or that compares with such a field.
    default boolean holds(RuleDraft draft, DetectionItem item) {
        return holds(draft, item.field())
                || (item.has("fieldref")
                        && item.values().stream()
                                .anyMatch(value ->
                                        value instanceof ConfigNode.Scalar scalar && holds(draft, scalar.text())));
    }

    /// One of these names, or one that begins as these expressions say; or none of them.
    ///
    /// @param expressions tied to the beginning; shared, so they are copied before each use
    record Names(Set<String> names, List<BoundedRegex> expressions, boolean excluded) implements NameCondition {
        @Override
        public boolean holds(RuleDraft draft, String name) {
            boolean found = false;
            if (!name.isEmpty()) {
                byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                found = names.contains(name)
                        || expressions.stream().anyMatch(each -> each.copy().find(bytes, 0, bytes.length));
            }
            return found != excluded;
        }
    }

    /// An earlier item gave the field this name, or changed the line.
    record Applied(String item) implements NameCondition {
        @Override
        public boolean holds(RuleDraft draft, String name) {
            return draft.isNameMarkedBy(name, item);
        }

        @Override
        public boolean holds(RuleDraft draft, DetectionItem line) {
            return line.applied().contains(item);
        }
    }

    /// A pipeline remembers this.
    record State(StateComparison comparison) implements NameCondition {
        @Override
        public boolean holds(RuleDraft draft, String name) {
            return comparison.holds(draft);
        }
    }

    /// The condition of a mapping, or null after the problem was added.
    static @Nullable NameCondition read(Settings settings) {
        String type = settings.text("type");
        return switch (type) {
            case "include_fields", "exclude_fields" -> {
                List<String> fields = settings.texts("fields");
                boolean plain =
                        settings.word("mode", "plain", List.of("plain", "re")).equals("plain");
                yield new Names(
                        plain ? Set.copyOf(fields) : Set.of(),
                        plain
                                ? List.of()
                                : fields.stream()
                                        .map(field -> settings.regex(field, "\\A(?:", ")"))
                                        .toList(),
                        type.equals("exclude_fields"));
            }
            case "processing_item_applied" -> new Applied(settings.text("processing_item_id"));
            case "processing_state" -> new State(StateComparison.read(settings));
            default -> {
                settings.refuse("type of field name condition is not known [type=" + type + "]"
                        + Suggestions.hint(type, TYPES));
                yield null;
            }
        };
    }
}
