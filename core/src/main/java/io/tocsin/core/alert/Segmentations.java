package io.tocsin.core.alert;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.Field;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// All segmentations of an installation, and which of them are for which rule. Of those that are for a rule the first
/// whose filter fits decides: the one that the rule names, then those that name the rule, in their order, then
/// `default`. Immutable.
public final class Segmentations {
    /// Only the built-in one.
    public static final Segmentations NONE = new Segmentations(List.of(), Map.of());

    private final Map<String, List<Segmentation>> byRule = new HashMap<>();
    private final Segmentation otherwise;

    /// @param all with different names
    /// @param namedByRules identifier of a rule, and name of the segmentation that it names
    public Segmentations(List<Segmentation> all, Map<String, String> namedByRules) {
        Map<String, Segmentation> byName = new LinkedHashMap<>();
        all.forEach(each -> byName.put(each.name(), each));
        otherwise = byName.getOrDefault(Segmentation.DEFAULT, Segmentation.STANDARD);
        namedByRules.forEach((rule, name) -> {
            Segmentation named = byName.get(name);
            if (named != null) {
                byRule.computeIfAbsent(rule, _ -> new ArrayList<>()).add(named);
            }
        });
        for (Segmentation each : all) {
            for (String rule : each.rules()) {
                List<Segmentation> known = byRule.computeIfAbsent(rule, _ -> new ArrayList<>());
                if (!known.contains(each)) {
                    known.add(each);
                }
            }
        }
    }

    /// Those that are for a rule, in the order in which they are asked; `default` is the last.
    public List<Segmentation> of(String ruleId) {
        List<Segmentation> found = new ArrayList<>(byRule.getOrDefault(ruleId, List.of()));
        found.add(otherwise);
        return found;
    }

    /// Something that decides for correlation events.
    public Chooser newChooser() {
        return new Chooser(this);
    }

    /// Decides to which alert a correlation event belongs.
    ///
    /// Thread-safety: one thread.
    public static final class Chooser {
        private final Segmentations segmentations;
        private final Map<String, CompiledCondition> filters = new HashMap<>();

        private Chooser(Segmentations segmentations) {
            this.segmentations = segmentations;
        }

        /// Those that it decides by.
        public Segmentations segmentations() {
            return segmentations;
        }

        /// @param ruleTitle name of the rule for people
        public Segment choose(String ruleId, String ruleTitle, Event event) {
            List<Segmentation> some = segmentations.byRule.get(ruleId);
            if (some != null) {
                for (Segmentation each : some) {
                    if (fits(each, event)) {
                        return segment(each, ruleTitle, event);
                    }
                }
            }
            return segment(segmentations.otherwise, ruleTitle, event);
        }

        private boolean fits(Segmentation segmentation, Event event) {
            var filter = segmentation.filter();
            return filter == null
                    || filters.computeIfAbsent(segmentation.name(), _ -> filter.compile())
                            .test(event);
        }

        private static Segment segment(Segmentation segmentation, String ruleTitle, Event event) {
            StringBuilder key = new StringBuilder();
            List<FieldReference> fields = segmentation.fields();
            if (fields == null) {
                for (int slot = event.start(); slot < event.end(); slot++) {
                    if (event.slotCode(slot) == Field.GROUPED_BY.code()) {
                        String name = event.text(event.slotValue(slot));
                        // Variables, written $name, stand in Extra.
                        FieldReference field = name.startsWith("$")
                                ? FieldReference.of(DynamicKind.EXTRA, name.substring(1))
                                : FieldReference.byName(name);
                        add(key, name, field == null ? "" : value(event, field));
                    }
                }
            } else {
                fields.forEach(field -> add(key, field.name(), value(event, field)));
            }
            return new Segment(
                    segmentation.name(),
                    key.toString(),
                    segmentation.limit(),
                    segmentation.open().toMillis(),
                    segmentation.title().isEmpty()
                            ? ""
                            : segmentation.titleOf(ruleTitle, field -> value(event, field)));
        }

        private static void add(StringBuilder key, String name, String value) {
            key.append(name).append('=').append(value).append('\n');
        }

        /// The value, several of them with commas between. Fields outside of the schema stand in `Extra` of a
        /// correlation
        /// event, whatever family they come from.
        private static String value(Event event, FieldReference reference) {
            return switch (reference) {
                case FieldReference.Fixed(Field field) -> Objects.requireNonNullElse(event.text(field), "");
                case FieldReference.Dynamic dynamic ->
                    extra(event, dynamic.key().getBytes(StandardCharsets.UTF_8));
                case FieldReference.AnyField _ -> "";
            };
        }

        private static String extra(Event event, byte[] key) {
            StringBuilder text = new StringBuilder();
            int slot = event.dynamicSlot(DynamicKind.EXTRA, key);
            while (slot >= 0) {
                text.append(text.isEmpty() ? "" : ",").append(event.text(event.slotValue(slot)));
                slot = event.dynamicSlot(DynamicKind.EXTRA, key, slot + 1);
            }
            return text.toString();
        }
    }
}
