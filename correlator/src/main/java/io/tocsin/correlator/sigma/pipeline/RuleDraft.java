package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A rule while pipelines work on it.
///
/// Thread-safety: one thread.
public final class RuleDraft {
    /// Characters of all lines that pipelines write for one rule; more are refused.
    static final int MAXIMUM_CHARACTERS = 5_000_000;
    /// What a line, and what a value costs beside its characters.
    private static final int OVERHEAD_CHARACTERS = 16;

    private final ConfigNode.Mapping written;
    private final boolean correlation;
    private final Problems problems;
    private List<SigmaLogsource> logsources;
    private final Map<String, Selection> selections = new LinkedHashMap<>();
    private final List<Selection> beside = new ArrayList<>();
    private final List<Added> added = new ArrayList<>();
    private List<String> fields;
    private List<String> groupBy = List.of();
    private Map<String, Map<String, String>> aliases = Map.of();
    private List<String> values = List.of();

    private final Set<String> given = new HashSet<>();
    private final Set<String> applied = new HashSet<>();
    private final Map<String, Set<String>> appliedToName = new HashMap<>();
    private final Map<String, ConfigNode> attributes = new HashMap<>();
    private final Map<String, ConfigNode.Scalar> state = new HashMap<>();
    private Map<String, List<ConfigNode>> variables = Map.of();
    private long characters;
    private boolean refused;

    /// A condition that must hold beside those of the rule.
    ///
    /// @param negated true when it must not hold
    public record Added(Selection selection, boolean negated) {}

    private RuleDraft(
            ConfigNode.Mapping written,
            boolean correlation,
            List<SigmaLogsource> logsources,
            List<String> fields,
            Problems problems) {
        this.written = written;
        this.correlation = correlation;
        this.logsources = List.copyOf(logsources);
        this.fields = List.copyOf(fields);
        this.problems = problems;
    }

    /// A detection rule, or the selections of a filter for one.
    ///
    /// @param written what the rule says of itself
    /// @param fields that its findings show
    /// @param problems takes what makes the rule unusable
    public static RuleDraft detection(
            ConfigNode.Mapping written,
            SigmaLogsource logsource,
            Map<String, Selection> selections,
            List<String> fields,
            Problems problems) {
        RuleDraft draft = new RuleDraft(written, false, List.of(logsource), fields, problems);
        draft.selections.putAll(selections);
        return draft;
    }

    /// A correlation rule.
    ///
    /// @param logsources of the rules that it speaks of
    /// @param aliases name of an alias, then of a rule, to the name of a field
    /// @param values names of the fields that it counts or computes with
    public static RuleDraft correlation(
            ConfigNode.Mapping written,
            List<SigmaLogsource> logsources,
            List<String> groupBy,
            Map<String, Map<String, String>> aliases,
            List<String> values,
            Problems problems) {
        RuleDraft draft = new RuleDraft(written, true, logsources, List.of(), problems);
        draft.groupBy = List.copyOf(groupBy);
        draft.aliases = aliases;
        draft.values = List.copyOf(values);
        return draft;
    }

    /// Selections that conditions of pipelines see, and transformations leave alone.
    public RuleDraft beside(Iterable<Selection> others) {
        others.forEach(beside::add);
        return this;
    }

    public SigmaLogsource logsource() {
        return logsources.isEmpty() ? SigmaLogsource.ANY : logsources.getFirst();
    }

    public Map<String, Selection> selections() {
        return selections;
    }

    /// What pipelines have added to the conditions of the rule.
    public List<Added> added() {
        return added;
    }

    public List<String> fields() {
        return fields;
    }

    public List<String> groupBy() {
        return groupBy;
    }

    public Map<String, Map<String, String>> aliases() {
        return aliases;
    }

    public List<String> values() {
        return values;
    }

    /// Names of fields that pipelines have put in the place of others.
    public Set<String> given() {
        return given;
    }

    boolean isCorrelation() {
        return correlation;
    }

    List<SigmaLogsource> logsources() {
        return logsources;
    }

    void logsource(SigmaLogsource logsource) {
        logsources = List.of(logsource);
    }

    void fields(List<String> names) {
        fields = List.copyOf(names);
    }

    void add(Added condition) {
        added.add(condition);
        spend(condition.selection);
    }

    /// Values that the pipelines know by a name, or null.
    @Nullable
    List<ConfigNode> variable(String name) {
        return variables.get(name);
    }

    void variables(Map<String, List<ConfigNode>> known) {
        variables = known;
    }

    Map<String, ConfigNode.Scalar> state() {
        return state;
    }

    /// What the rule says under a key, or what a pipeline has set there.
    @Nullable
    ConfigNode attribute(String name) {
        ConfigNode own = written.get(name);
        return own == null ? attributes.get(name) : own;
    }

    void attribute(String name, ConfigNode value) {
        attributes.put(name, value);
    }

    void mark(String item) {
        if (!item.isEmpty()) {
            applied.add(item);
        }
    }

    boolean isMarkedBy(String item) {
        return applied.contains(item);
    }

    /// True when an item of a pipeline gave the field this name.
    boolean isNameMarkedBy(String name, String item) {
        return appliedToName.getOrDefault(name, Set.of()).contains(item);
    }

    /// Notes that a field has other names from now on.
    void named(String before, List<String> names, String item) {
        given.addAll(names);
        if (names.size() == 1 && names.getFirst().equals(before)) {
            return;
        }
        Set<String> items = new TreeSet<>(appliedToName.getOrDefault(before, Set.of()));
        if (!item.isEmpty()) {
            items.add(item);
        }
        names.forEach(name -> appliedToName.put(name, items));
    }

    void refuse(Position position, String message) {
        problems.add(position, message);
        refused = true;
    }

    void refuse(String message) {
        refuse(written.position(), message);
    }

    boolean isRefused() {
        return refused;
    }

    Position position() {
        return written.position();
    }

    /// Every line that the rule asks for, those of a filter's rule too.
    boolean anyItem(Predicate<DetectionItem> wanted) {
        List<Selection> all = new ArrayList<>(selections.values());
        added.forEach(each -> all.add(each.selection));
        all.addAll(beside);
        return all.stream().anyMatch(selection -> anyItem(selection, wanted));
    }

    private static boolean anyItem(Selection selection, Predicate<DetectionItem> wanted) {
        return switch (selection) {
            case DetectionItem item -> wanted.test(item);
            case Selection.All all -> all.parts().stream().anyMatch(part -> anyItem(part, wanted));
            case Selection.Any any -> any.parts().stream().anyMatch(part -> anyItem(part, wanted));
        };
    }

    /// Puts something in the place of lines.
    ///
    /// @param change what stands there from now on: nothing when it is empty, the line itself when it is null
    void replaceItems(Function<DetectionItem, @Nullable Selection> change) {
        selections.replaceAll((_, selection) -> replaced(selection, change));
        added.replaceAll(each -> new Added(replaced(each.selection, change), each.negated));
        added.removeIf(each -> each.selection.isEmpty());
    }

    private Selection replaced(Selection selection, Function<DetectionItem, @Nullable Selection> change) {
        return switch (selection) {
            case DetectionItem item -> {
                Selection other = refused ? null : change.apply(item);
                if (other == null) {
                    yield item;
                }
                spend(other);
                yield other;
            }
            case Selection.All all -> new Selection.All(replaced(all.parts(), change));
            case Selection.Any any -> new Selection.Any(replaced(any.parts(), change));
        };
    }

    private List<Selection> replaced(List<Selection> parts, Function<DetectionItem, @Nullable Selection> change) {
        return parts.stream()
                .map(part -> replaced(part, change))
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /// Puts other names in the place of names of fields outside of selections.
    ///
    /// @param change the names from now on, never empty
    void replaceNames(Function<String, List<String>> change) {
        fields = renamed(fields, change, Set.of());
        if (!correlation) {
            return;
        }
        groupBy = renamed(groupBy, change, aliases.keySet());
        values = values.stream()
                .map(name -> one(name, change, "condition.field"))
                .distinct()
                .toList();
        Map<String, Map<String, String>> renamed = new LinkedHashMap<>();
        aliases.forEach((alias, perRule) -> {
            Map<String, String> names = new LinkedHashMap<>();
            perRule.forEach((rule, name) -> names.put(rule, one(name, change, "aliases." + alias)));
            renamed.put(alias, names);
        });
        aliases = renamed;
    }

    private List<String> renamed(List<String> names, Function<String, List<String>> change, Set<String> keep) {
        Set<String> renamed = new LinkedHashSet<>();
        for (String name : names) {
            renamed.addAll(keep.contains(name) ? List.of(name) : change.apply(name));
        }
        spend(renamed.stream().mapToLong(String::length).sum());
        return List.copyOf(renamed);
    }

    private String one(String name, Function<String, List<String>> change, String place) {
        List<String> names = change.apply(name);
        if (names.size() > 1) {
            refuse("a correlation can have one field here, a pipeline gives several [key=" + place + ", field=" + name
                    + ", fields=" + names + "]");
        }
        return names.getFirst();
    }

    private void spend(Selection selection) {
        spend(size(selection));
    }

    /// Makes room for a value of so many characters; false when there is none, and the rule was refused.
    boolean takes(int length) {
        spend(OVERHEAD_CHARACTERS + length);
        return !refused;
    }

    private void spend(long more) {
        characters += more;
        if (characters > MAXIMUM_CHARACTERS && !refused) {
            refuse("pipelines make the rule too large [maximumCharacters=" + MAXIMUM_CHARACTERS + "]");
        }
    }

    private static long size(Selection selection) {
        return switch (selection) {
            case DetectionItem item -> {
                long size = (long) OVERHEAD_CHARACTERS + item.field().length();
                for (ConfigNode value : item.values()) {
                    size += OVERHEAD_CHARACTERS
                            + (value instanceof ConfigNode.Scalar scalar
                                    ? scalar.text().length()
                                    : 0);
                }
                yield size;
            }
            case Selection.All all ->
                all.parts().stream().mapToLong(RuleDraft::size).sum();
            case Selection.Any any ->
                any.parts().stream().mapToLong(RuleDraft::size).sum();
        };
    }
}
