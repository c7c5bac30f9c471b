package io.tocsin.correlator.detect;

import io.tocsin.config.Suggestions;
import io.tocsin.correlator.attack.AttackCatalog;
import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.Selector;
import io.tocsin.correlator.window.Bound;
import io.tocsin.correlator.window.Measure;
import io.tocsin.event.DynamicKind;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Looks for what is hardly meant in rules that can be used. It reports only what is certain: no event can show
/// otherwise, except that a name which it calls misspelt may be right.
///
/// Thread-safety: one thread.
public final class RuleLint {
    /// A name that so many rules use is a name.
    private static final int COMMON_NAME = 3;
    private static final int SHORTEST_NAME = 5;
    private static final int LARGE_REGEX_INSTRUCTIONS = 2_000;

    private final List<LintFinding> findings = new ArrayList<>();
    private final List<Rule> rules;
    private final Set<String> knownNames;
    /// Where each rule stands among them.
    private final IdentityHashMap<Rule, Integer> places = new IdentityHashMap<>();

    private RuleLint(List<Rule> rules, Set<String> knownNames) {
        this.rules = rules;
        this.knownNames = knownNames;
    }

    /// All findings about rules that run together, by kind, in the order of the rules.
    public static List<LintFinding> check(List<Rule> rules) {
        return check(rules, Set.of());
    }

    /// The same.
    ///
    /// @param knownNames names that fields of sources have, such as those that Sigma's mappings know
    public static List<LintFinding> check(List<Rule> rules, Set<String> knownNames) {
        RuleLint lint = new RuleLint(rules, knownNames);
        for (Rule rule : rules) {
            lint.selectors(rule);
            lint.bounds(rule);
            lint.attack(rule);
        }
        lint.misspelt();
        lint.shadowed();
        lint.findings.sort(Comparator.comparing(LintFinding::kind));
        return List.copyOf(lint.findings);
    }

    private void add(LintFinding.Kind kind, Rule rule, String message) {
        findings.add(new LintFinding(kind, rule.position(), rule.id(), message));
    }

    /// True when the findings of another rule, not events, feed the selector.
    static boolean isFed(Rule rule, int selector) {
        return rule.kind() instanceof RuleKind.Sliding sliding
                && sliding.inputs().get(selector).rule() != null;
    }

    private void selectors(Rule rule) {
        for (int i = 0; i < rule.selectors().size(); i++) {
            if (isFed(rule, i)) {
                continue;
            }
            Selector selector = rule.selectors().get(i);
            String where = rule.selectors().size() == 1 ? "" : " [selector=" + selector.alias() + "]";
            FilterLogic.Verdict verdict = FilterLogic.of(selector.filter());
            switch (verdict.truth()) {
                case NEVER -> add(LintFinding.Kind.UNREACHABLE, rule, "no event can fit: " + verdict.reason() + where);
                case ALWAYS -> add(LintFinding.Kind.ALWAYS_TRUE, rule, "every event fits: " + verdict.reason() + where);
                case DEPENDS -> {
                    FilterLogic.deadParts(selector.filter()).stream()
                            .distinct()
                            .forEach(dead -> add(
                                    LintFinding.Kind.DEAD_PART, rule, "a part never holds: " + dead.reason() + where));
                    cost(rule, selector.filter(), where);
                }
            }
            threshold(rule, selector, where);
        }
    }

    /// Different values are asked for of a field whose values the filter says.
    private void threshold(Rule rule, Selector selector, String where) {
        if (selector.unique().size() != 1 || selector.threshold() <= 1) {
            return;
        }
        List<Filter> parts = selector.filter() instanceof Filter.All all ? all.parts() : List.of(selector.filter());
        for (Filter part : parts) {
            List<Filter> choices = part instanceof Filter.Any any ? any.parts() : List.of(part);
            boolean fixed = choices.size() < selector.threshold()
                    && choices.stream()
                            .allMatch(choice -> choice instanceof Filter.Test test
                                    && test.field().equals(selector.unique().getFirst())
                                    && test.match() instanceof Match.Same same
                                    && !same.ignoreCase());
            if (fixed) {
                add(
                        LintFinding.Kind.UNREACHABLE,
                        rule,
                        "its number cannot be reached: the filter leaves " + choices.size() + " different values of "
                                + selector.unique().getFirst().name() + ", the threshold asks for "
                                + selector.threshold() + where);
            }
        }
    }

    /// What is asked of the number of a correlation that no number can be.
    private void bounds(Rule rule) {
        if (!(rule.kind() instanceof RuleKind.Sliding sliding)
                || sliding.settings().bounds().isEmpty()) {
            return;
        }
        List<Bound> bounds = sliding.settings().bounds();
        Measure measure = sliding.settings().measure();
        boolean counts = measure == Measure.EVENTS || measure == Measure.DISTINCT || measure == Measure.SELECTORS;
        // The event that is looked back from counts itself.
        double least = counts ? 1 : measure == Measure.SHARE ? 0 : Double.NEGATIVE_INFINITY;
        // Between two bounds, and at each of them, there is a number that fits, or there is none.
        List<Double> tried = new ArrayList<>(List.of(least, 0.0));
        for (Bound bound : bounds) {
            double number = bound.number();
            tried.add(number);
            tried.add(counts ? Math.floor(number) + 1 : Math.nextUp(number));
            tried.add(counts ? Math.ceil(number) - 1 : Math.nextDown(number));
        }
        boolean fits = tried.stream()
                .anyMatch(number -> number >= least
                        && (!counts || number == Math.rint(number))
                        && bounds.stream().allMatch(bound -> bound.holds(number)));
        if (!fits) {
            add(
                    LintFinding.Kind.UNREACHABLE,
                    rule,
                    "no number fits all bounds of its condition" + (counts ? ": the least that is counted is 1" : ""));
        }
    }

    private void cost(Rule rule, Filter filter, String where) {
        RoutedIndex index = new RoutedIndex(new FieldTable());
        index.add(filter);
        index.build();
        if (index.alwaysCount() > 0) {
            add(
                    LintFinding.Kind.EXPENSIVE,
                    rule,
                    "nothing in it must be there, so it is tried against every event: add what the events say of"
                            + " themselves, such as their DeviceProduct" + where);
        }
        regexes(rule, filter, where);
    }

    private void regexes(Rule rule, Filter filter, String where) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> regexes(rule, part, where));
            case Filter.Any any -> any.parts().forEach(part -> regexes(rule, part, where));
            case Filter.Not not -> regexes(rule, not.part(), where);
            case Filter.Test test -> {
                if (test.match() instanceof Match.Finds finds) {
                    BoundedRegex regex = BoundedRegex.compile(finds.expression(), finds.ignoreCase());
                    if (regex.requiredText().isEmpty()) {
                        add(
                                LintFinding.Kind.EXPENSIVE,
                                rule,
                                "a regular expression in which no text must be there is tried against every value of "
                                        + test.field().name() + " that comes so far: /"
                                        + FilterText.cut(finds.expression()) + "/" + where);
                    } else if (regex.instructions() > LARGE_REGEX_INSTRUCTIONS) {
                        add(
                                LintFinding.Kind.EXPENSIVE,
                                rule,
                                "a regular expression is large [instructions=" + regex.instructions() + "]: /"
                                        + FilterText.cut(finds.expression()) + "/" + where);
                    }
                }
            }
            case Filter.Leaf _ -> {}
        }
    }

    private void attack(Rule rule) {
        for (String technique : rule.techniques()) {
            if (!AttackCatalog.isKnownTechnique(technique)) {
                add(
                        LintFinding.Kind.UNKNOWN_TECHNIQUE,
                        rule,
                        "technique is not in the shipped table [technique=" + technique + ", version="
                                + AttackCatalog.VERSION + "]");
            }
        }
        for (String tactic : rule.tactics()) {
            if (!AttackCatalog.isKnownTactic(tactic)) {
                add(
                        LintFinding.Kind.UNKNOWN_TECHNIQUE,
                        rule,
                        "tactic is not in the shipped table [tactic=" + tactic + ", version=" + AttackCatalog.VERSION
                                + "]" + Suggestions.hint(tactic, AttackCatalog.TACTICS));
            }
        }
    }

    /// Names in `Extra` that one rule alone uses, while several use one that is nearly the same.
    private void misspelt() {
        Map<String, Set<String>> users = new TreeMap<>();
        Map<String, Rule> first = new HashMap<>();
        for (Rule rule : rules) {
            Set<FieldReference> fields = new HashSet<>(rule.identical());
            rule.selectors().forEach(selector -> fields.addAll(FilterText.fields(selector.filter())));
            for (FieldReference field : fields) {
                if (field instanceof FieldReference.Dynamic dynamic && dynamic.kind() == DynamicKind.EXTRA) {
                    users.computeIfAbsent(dynamic.key(), absent -> new HashSet<>())
                            .add(rule.id());
                    first.putIfAbsent(dynamic.key(), rule);
                }
            }
        }
        Set<String> common = new HashSet<>(knownNames);
        users.forEach((name, ids) -> {
            if (ids.size() >= COMMON_NAME) {
                common.add(name);
            }
        });
        users.forEach((name, ids) -> {
            Rule rule = first.get(name);
            if (ids.size() == 1 && rule != null && name.length() >= SHORTEST_NAME && !common.contains(name)) {
                String near = near(name, common);
                if (near != null) {
                    int others = users.getOrDefault(near, Set.of()).size();
                    add(
                            LintFinding.Kind.MISSPELT_FIELD,
                            rule,
                            "no other rule uses this field [field=" + name + "]: did you mean " + near + ", as "
                                    + (others < COMMON_NAME ? "the mappings" : others + " rules") + " write?");
                }
            }
        });
    }

    private static @Nullable String near(String name, Set<String> common) {
        for (String each : common) {
            if (each.equalsIgnoreCase(name)) {
                return each;
            }
        }
        String near = Suggestions.nearest(name, common);
        return near == null || !isSlip(name, near) ? null : near;
    }

    /// One letter is another, is missing, is too much, or two have changed places. Names that differ in a number are
    /// families, not mistakes.
    private static boolean isSlip(String name, String near) {
        int shorter = Math.min(name.length(), near.length());
        int longer = Math.max(name.length(), near.length());
        int start = 0;
        while (start < shorter && name.charAt(start) == near.charAt(start)) {
            start++;
        }
        int end = 0;
        while (end < shorter - start && name.charAt(name.length() - 1 - end) == near.charAt(near.length() - 1 - end)) {
            end++;
        }
        int changed = longer - start - end;
        boolean sameNumbers = near.replaceAll("[^0-9]", "").equals(name.replaceAll("[^0-9]", ""));
        return sameNumbers && (changed <= 1 || (changed == 2 && name.length() == near.length()));
    }

    /// Simple rules that ask for all that another one asks for, and matter no more.
    private void shadowed() {
        Map<Filter, List<Rule>> byPart = new HashMap<>();
        IdentityHashMap<Rule, Set<Filter>> partsOf = new IdentityHashMap<>();
        IdentityHashMap<Rule, List<Rule>> shadows = new IdentityHashMap<>();
        for (Rule rule : rules) {
            places.put(rule, places.size());
            if (rule.kind() instanceof RuleKind.Simple) {
                Filter filter = rule.selectors().getFirst().filter();
                Set<Filter> parts = filter instanceof Filter.All all ? new HashSet<>(all.parts()) : Set.of(filter);
                partsOf.put(rule, parts);
                parts.forEach(part -> byPart.computeIfAbsent(part, absent -> new ArrayList<>())
                        .add(rule));
            }
        }
        for (Rule rule : rules) {
            Set<Filter> parts = partsOf.get(rule);
            if (parts == null || parts.isEmpty()) {
                continue;
            }
            // Whoever has all parts of this rule stands in the list of its rarest part.
            List<Rule> candidates = parts.stream()
                    .map(part -> byPart.getOrDefault(part, List.of()))
                    .min(Comparator.comparingInt(List::size))
                    .orElse(List.of());
            for (Rule narrower : candidates) {
                if (!narrower.id().equals(rule.id())
                        && covers(rule, narrower, parts, partsOf.getOrDefault(narrower, Set.of()))) {
                    shadows.computeIfAbsent(narrower, absent -> new ArrayList<>())
                            .add(rule);
                }
            }
        }
        for (Rule rule : rules) {
            List<Rule> by = shadows.get(rule);
            if (by != null) {
                add(
                        LintFinding.Kind.SHADOWED,
                        rule,
                        "whatever it finds is found by another rule, with a priority as high [by="
                                + by.getFirst().id() + ", at=" + by.getFirst().position()
                                + (by.size() == 1 ? "" : ", others=" + (by.size() - 1)) + "]");
            }
        }
    }

    private boolean covers(Rule wider, Rule narrower, Set<Filter> widerParts, Set<Filter> narrowerParts) {
        if (!(wider.kind() instanceof RuleKind.Simple one)
                || !(narrower.kind() instanceof RuleKind.Simple other)
                || (other.onEveryEvent().alert() && !one.onEveryEvent().alert())
                || wider.priority().number() < narrower.priority().number()
                || !narrowerParts.containsAll(widerParts)) {
            return false;
        }
        // Of two that are the same, the later one is told.
        return narrowerParts.size() > widerParts.size()
                || places.getOrDefault(wider, 0) < places.getOrDefault(narrower, 0);
    }
}
