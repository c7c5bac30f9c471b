package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import org.jspecify.annotations.Nullable;

/// One step of a pipeline. Immutable.
///
/// @param id by which later conditions speak of it; empty without one
record PipelineItem(
        String id,
        Transformation transformation,
        Conditions<RuleCondition> rules,
        Conditions<ItemCondition> items,
        Conditions<NameCondition> names) {
    /// The item of a mapping, or null after what is wrong was added.
    ///
    /// @param depth of items within items
    static @Nullable PipelineItem read(ConfigNode node, Problems problems, int depth) {
        if (!(node instanceof ConfigNode.Mapping mapping)) {
            problems.add(node.position(), "a transformation is a mapping with its type, found a " + node.shape());
            return null;
        }
        int before = problems.count();
        Settings settings = new Settings(mapping, problems);
        String id = settings.text("id", "");
        Conditions<RuleCondition> rules = Conditions.read(settings, "rule", RuleCondition::read);
        Conditions<ItemCondition> items = Conditions.read(settings, "detection_item", ItemCondition::read);
        Conditions<NameCondition> names = Conditions.read(settings, "field_name", NameCondition::read);
        Transformation transformation = Transformations.read(settings, depth);
        if (transformation == null) {
            return null;
        }
        settings.refuseOthers();
        return problems.count() > before ? null : new PipelineItem(id, transformation, rules, items, names);
    }

    void apply(RuleDraft draft) {
        if (!draft.isRefused() && rules.hold(condition -> condition.holds(draft)) && !draft.isRefused()) {
            draft.mark(id);
            transformation.apply(this, draft);
        }
    }

    /// True when it is for this line.
    boolean isFor(RuleDraft draft, DetectionItem line) {
        return items.hold(condition -> condition.holds(draft, line))
                && names.hold(condition -> condition.holds(draft, line));
    }

    /// True when it is for fields of this name.
    boolean isFor(RuleDraft draft, String name) {
        return names.hold(condition -> condition.holds(draft, name));
    }
}
