package io.tocsin.app.up;

import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.core.alert.AssetCategory;
import io.tocsin.core.alert.Segmentation;
import io.tocsin.core.alert.Segmentations;
import io.tocsin.correlator.rule.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How findings become alerts: what divides them, and which assets matter. Immutable.
record AlertGrouping(Segmentations segmentations, List<AssetCategory> categories) {
    static final AlertGrouping NONE = new AlertGrouping(Segmentations.NONE, List.of());

    AlertGrouping {
        categories = List.copyOf(categories);
    }

    /// Reads the resources; everything wrong goes into `problems`, also that a rule names a segmentation that is not
    /// there.
    static AlertGrouping read(Resources resources, List<Rule> rules, Problems problems) {
        List<Segmentation> segmentations = new ArrayList<>();
        for (Resource resource : resources.ofKind(Segmentation.KIND)) {
            Segmentation read = Segmentation.read(resource.document(), problems);
            if (read != null) {
                segmentations.add(read);
            }
        }
        List<AssetCategory> categories = new ArrayList<>();
        for (Resource resource : resources.ofKind(AssetCategory.KIND)) {
            AssetCategory read = AssetCategory.read(resource.document(), problems);
            if (read != null) {
                categories.add(read);
            }
        }
        Set<String> names = new HashSet<>(Set.of(Segmentation.DEFAULT));
        resources.ofKind(Segmentation.KIND).forEach(resource -> names.add(resource.name()));
        Map<String, String> named = named(rules);
        for (Rule rule : rules) {
            String name = named.get(rule.id());
            if (name != null && !names.contains(name)) {
                problems.add(
                        rule.position(),
                        "no such segmentation [segmentation=" + name + ", rule=" + rule.id() + "]"
                                + Suggestions.hint(name, names));
            }
        }
        return new AlertGrouping(new Segmentations(segmentations, named), categories);
    }

    /// Rules that name a segmentation, with its name.
    static Map<String, String> named(List<Rule> rules) {
        Map<String, String> named = new HashMap<>();
        for (Rule rule : rules) {
            if (!rule.own().segmentation().isEmpty()) {
                named.put(rule.id(), rule.own().segmentation());
            }
        }
        return named;
    }
}
