package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts other texts in the place of values. Expressions, networks, numbers to compare with and values that a modifier
/// encodes stay as they are. A value is seen with the wildcards that `contains`, `startswith` and `endswith` stand for.
sealed interface ValueTransformation extends Transformation
        permits CaseOfValues, MapString, ReplaceString, ValuePlaceholders, WildcardPlaceholders {
    /// The values from now on, at least one; null to leave the value.
    ///
    /// @param written as it stands there
    /// @param text the same with all wildcards
    @Nullable
    List<ValueText> texts(ConfigNode.Scalar written, ValueText text, DetectionItem line, RuleDraft draft);

    @Override
    default void apply(PipelineItem item, RuleDraft draft) {
        draft.replaceItems(line -> item.isFor(draft, line) && line.isTextual() ? changed(item, draft, line) : null);
    }

    private @Nullable Selection changed(PipelineItem item, RuleDraft draft, DetectionItem line) {
        List<ConfigNode> values = new ArrayList<>();
        boolean changed = false;
        for (ConfigNode value : line.values()) {
            if (!(value instanceof ConfigNode.Scalar scalar) || scalar.isNull()) {
                values.add(value);
                continue;
            }
            ValueText text = line.text(scalar);
            List<ValueText> texts = texts(scalar, text, line, draft);
            if (texts == null) {
                values.add(new ConfigNode.Scalar(scalar.position(), text.written(), scalar.quoted()));
            } else {
                changed = true;
                for (ValueText each : texts) {
                    String other = each.written();
                    if (!draft.takes(other.length())) {
                        return null;
                    }
                    values.add(new ConfigNode.Scalar(scalar.position(), other, true));
                }
            }
        }
        if (!changed) {
            return null;
        }
        // The wildcards stand in the values now.
        return line.with(
                        line.withoutRelations(),
                        new ConfigNode.Sequence(line.value().position(), values))
                .markedBy(item.id());
    }
}
