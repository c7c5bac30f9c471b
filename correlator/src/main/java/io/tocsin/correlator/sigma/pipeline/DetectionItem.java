package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// One line of a selection: a field, modifiers and values. Immutable.
///
/// @param field empty for keywords, which may stand anywhere
/// @param value one value, or a list
/// @param applied identifiers of the items of pipelines that changed it
public record DetectionItem(
        Position position, String field, List<String> modifiers, ConfigNode value, Set<String> applied)
        implements Selection {
    private static final Set<String> RELATIONS = Set.of("contains", "startswith", "endswith");
    /// With these, and no others, values are texts with wildcards.
    private static final Set<String> TEXTUAL =
            Set.of("contains", "startswith", "endswith", "all", "cased", "expand", "neq");

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,400}(\\.\\d{1,400})?([eE][+-]?\\d{1,3})?");

    public DetectionItem {
        modifiers = List.copyOf(modifiers);
        applied = Set.copyOf(applied);
    }

    /// Reads an entry `field|modifier…: values`.
    static DetectionItem of(ConfigNode.Entry entry) {
        List<String> parts = List.of(entry.name().split("\\|", -1));
        return new DetectionItem(
                entry.position(), parts.getFirst(), parts.subList(1, parts.size()), entry.value(), Set.of());
    }

    /// Values that may stand anywhere.
    static DetectionItem keywords(ConfigNode value) {
        return new DetectionItem(value.position(), "", List.of(), value, Set.of());
    }

    List<ConfigNode> values() {
        return value instanceof ConfigNode.Sequence list ? list.items() : List.of(value);
    }

    boolean has(String modifier) {
        return modifiers.contains(modifier);
    }

    /// True when its values are texts with wildcards, not expressions, networks, encoded texts and the like.
    boolean isTextual() {
        return TEXTUAL.containsAll(modifiers);
    }

    /// True when the value is a text, no number and not `true`, `false` or `null`.
    static boolean isText(ConfigNode.Scalar value) {
        return value.quoted()
                || !(value.isNull()
                        || isNumber(value.text())
                        || value.text().equals("true")
                        || value.text().equals("false"));
    }

    static boolean isNumber(String text) {
        return NUMBER.matcher(text).matches();
    }

    /// The text of a value, with the wildcards that `contains` and its like stand for.
    ValueText text(ConfigNode.Scalar value) {
        return ValueText.parse(value.text())
                .open(has("contains") || has("endswith"), has("contains") || has("startswith"));
    }

    /// This line about another field.
    DetectionItem about(String name) {
        List<String> kept = new ArrayList<>(modifiers);
        if (field.isEmpty() && isTextual() && !has("contains")) {
            // A keyword is looked for anywhere within a field.
            kept.removeAll(RELATIONS);
            kept.addFirst("contains");
        }
        return new DetectionItem(position, name, kept, value, applied);
    }

    DetectionItem with(List<String> otherModifiers, ConfigNode otherValue) {
        return new DetectionItem(position, field, otherModifiers, otherValue, applied);
    }

    DetectionItem withValues(List<? extends ConfigNode> values) {
        return with(modifiers, new ConfigNode.Sequence(value.position(), List.copyOf(values)));
    }

    /// The modifiers without those that only put wildcards before and behind a text.
    List<String> withoutRelations() {
        return modifiers.stream().filter(Predicate.not(RELATIONS::contains)).toList();
    }

    List<String> without(String modifier) {
        return modifiers.stream().filter(each -> !each.equals(modifier)).toList();
    }

    DetectionItem markedBy(String item) {
        if (item.isEmpty()) {
            return this;
        }
        Set<String> more = new TreeSet<>(applied);
        more.add(item);
        return new DetectionItem(position, field, modifiers, value, more);
    }

    /// How a rule writes it.
    public ConfigNode.Entry entry() {
        return new ConfigNode.Entry(
                position, modifiers.isEmpty() ? field : field + "|" + String.join("|", modifiers), value);
    }
}
