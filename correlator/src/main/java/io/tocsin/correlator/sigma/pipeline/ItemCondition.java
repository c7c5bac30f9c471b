package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Suggestions;
import io.tocsin.expression.BoundedRegex;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// For which lines of a rule an item of a pipeline is. Immutable.
sealed interface ItemCondition {
    List<String> TYPES = List.of(
            "match_string",
            "match_value",
            "contains_wildcard",
            "is_null",
            "processing_item_applied",
            "processing_state");

    boolean holds(RuleDraft draft, DetectionItem item);

    /// What one of the values, or all of them, must be.
    record OfValues(boolean all, ValueCheck check) implements ItemCondition {
        @Override
        public boolean holds(RuleDraft draft, DetectionItem item) {
            Predicate<ConfigNode> holds =
                    value -> check.holds(item, value instanceof ConfigNode.Scalar scalar ? scalar : null);
            return all
                    ? item.values().stream().allMatch(holds)
                    : item.values().stream().anyMatch(holds);
        }
    }

    /// An earlier item has changed this line.
    record Applied(String item) implements ItemCondition {
        @Override
        public boolean holds(RuleDraft draft, DetectionItem line) {
            return line.applied().contains(item);
        }
    }

    /// A pipeline remembers this.
    record State(StateComparison comparison) implements ItemCondition {
        @Override
        public boolean holds(RuleDraft draft, DetectionItem item) {
            return comparison.holds(draft);
        }
    }

    /// What a value must be.
    sealed interface ValueCheck {
        /// @param value null when it is no plain value
        boolean holds(DetectionItem item, ConfigNode.@Nullable Scalar value);
    }

    /// A text that begins with what the expression describes.
    ///
    /// @param expression tied to the beginning; shared, so it is copied before each use
    record Text(BoundedRegex expression, boolean negated) implements ValueCheck {
        @Override
        public boolean holds(DetectionItem item, ConfigNode.@Nullable Scalar value) {
            boolean found = false;
            if (value != null && item.isTextual() && DetectionItem.isText(value)) {
                byte[] bytes = item.text(value).shown().getBytes(StandardCharsets.UTF_8);
                found = expression.copy().find(bytes, 0, bytes.length);
            }
            return found != negated;
        }
    }

    /// This very value.
    record Same(ConfigNode.Scalar wanted) implements ValueCheck {
        @Override
        public boolean holds(DetectionItem item, ConfigNode.@Nullable Scalar value) {
            return value != null
                    && item.isTextual()
                    && value.isNull() == wanted.isNull()
                    && DetectionItem.isText(value) == DetectionItem.isText(wanted)
                    && item.text(value).equals(ValueText.parse(wanted.text()));
        }
    }

    /// A text with a wildcard.
    record Wild() implements ValueCheck {
        @Override
        public boolean holds(DetectionItem item, ConfigNode.@Nullable Scalar value) {
            return value != null
                    && item.isTextual()
                    && DetectionItem.isText(value)
                    && item.text(value).hasWildcard();
        }
    }

    /// `null`.
    record Null() implements ValueCheck {
        @Override
        public boolean holds(DetectionItem item, ConfigNode.@Nullable Scalar value) {
            return value != null && value.isNull();
        }
    }

    /// The condition of a mapping, or null after the problem was added.
    static @Nullable ItemCondition read(Settings settings) {
        String type = settings.text("type");
        return switch (type) {
            case "match_string" ->
                ofValues(
                        settings,
                        new Text(settings.regex(settings.text("pattern"), "\\A(?:", ")"), settings.flag("negate")));
            case "match_value" -> ofValues(settings, new Same(settings.scalar("value")));
            case "contains_wildcard" -> ofValues(settings, new Wild());
            case "is_null" -> ofValues(settings, new Null());
            case "processing_item_applied" -> new Applied(settings.text("processing_item_id"));
            case "processing_state" -> new State(StateComparison.read(settings));
            default -> {
                settings.refuse("type of detection item condition is not known [type=" + type + "]"
                        + Suggestions.hint(type, TYPES));
                yield null;
            }
        };
    }

    private static OfValues ofValues(Settings settings, ValueCheck check) {
        boolean missing = settings.node("cond") == null;
        if (missing) {
            settings.refuse("value is missing: one value of a line, or each [key=cond]: any or all");
        }
        return new OfValues(
                !missing && settings.word("cond", "any", List.of("any", "all")).equals("all"), check);
    }
}
