package io.tocsin.core.alert;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The priority of an alert and what it comes from: the mean of the priority of its rule and the weight of the heaviest
/// category that one of its assets is in, rounded up, and never below the rule. A category of weight 4 so lifts a rule
/// of priority 1 to 3, of 2 to 3, of 3 to 4.
///
/// @param value 1 low to 4 critical
record AlertPriority(int value, List<Factor> factors) {
    /// How the factors become a priority, for people.
    static final String FORMULA =
            "mean of the rule and of the heaviest asset category, rounded up, never below the rule;"
                    + " what a person sets stands";

    AlertPriority {
        factors = List.copyOf(factors);
    }

    /// What had a say.
    ///
    /// @param factor `rule`, `asset-category` or `person`
    /// @param name of the rule, the category or the person; empty when there is none
    /// @param value priority or weight, 1 to 4; 0 when there is none
    /// @param asset who is in the category, as `host:name`; null for other factors
    /// @param text for people
    record Factor(
            String factor, String name, int value, @Nullable String asset, String text) {}

    /// @param rulePriority 1 to 4
    static AlertPriority of(
            String ruleId, int rulePriority, Collection<Entity> assets, Collection<AssetCategory> categories) {
        List<Factor> factors = new ArrayList<>();
        factors.add(new Factor("rule", ruleId, rulePriority, null, "priority of the rule"));
        List<Factor> found = new ArrayList<>();
        for (AssetCategory category : categories) {
            assets.stream()
                    .filter(category::contains)
                    .findFirst()
                    .ifPresent(asset -> found.add(new Factor(
                            "asset-category",
                            category.name(),
                            category.weight(),
                            asset.kind().name().toLowerCase(Locale.ROOT) + ":" + asset.value(),
                            "weight of the asset category")));
        }
        if (found.isEmpty()) {
            factors.add(new Factor(
                    "asset-category",
                    "",
                    0,
                    null,
                    categories.isEmpty()
                            ? "no asset categories are defined: the rule alone decides"
                            : "none of the assets is in an asset category: the rule alone decides"));
            return new AlertPriority(rulePriority, factors);
        }
        found.sort(Comparator.comparingInt(Factor::value).reversed().thenComparing(Factor::name));
        factors.addAll(found);
        int mean = (rulePriority + found.getFirst().value() + 1) / 2;
        return new AlertPriority(Math.max(rulePriority, mean), factors);
    }
}
