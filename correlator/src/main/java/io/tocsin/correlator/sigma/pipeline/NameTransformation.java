package io.tocsin.correlator.sigma.pipeline;

import io.tocsin.config.ConfigNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Gives fields other names: in lines, in what lines compare fields with, in the fields that findings show, and in what
/// correlations group by and count. A line about a field that has several names from now on holds when it holds for one
/// of them; one that asks for absence, or with `neq`, when it holds for all of them.
sealed interface NameTransformation extends Transformation
        permits FieldNameMapping, FieldNamePrefix, FieldNamePrefixMapping, FieldNameSuffix {
    /// The names from now on, at least one; null to leave the name.
    ///
    /// @param name empty for keywords
    @Nullable
    List<String> names(String name);

    @Override
    default void apply(PipelineItem item, RuleDraft draft) {
        draft.replaceNames(name -> renamed(item, draft, name));
        draft.replaceItems(line -> item.isFor(draft, line) ? renamed(item, draft, line) : null);
    }

    private List<String> renamed(PipelineItem item, RuleDraft draft, String name) {
        List<String> names = item.isFor(draft, name) ? names(name) : null;
        if (names == null) {
            return List.of(name);
        }
        draft.named(name, names, item.id());
        return names;
    }

    private @Nullable Selection renamed(PipelineItem item, RuleDraft draft, DetectionItem line) {
        DetectionItem now = line;
        if (line.has("fieldref")) {
            List<ConfigNode> values = new ArrayList<>();
            for (ConfigNode value : line.values()) {
                if (value instanceof ConfigNode.Scalar scalar) {
                    for (String name : renamed(item, draft, scalar.text())) {
                        if (!draft.takes(name.length())) {
                            return null;
                        }
                        values.add(new ConfigNode.Scalar(scalar.position(), name, true));
                    }
                } else {
                    values.add(value);
                }
            }
            if (!values.equals(line.values())) {
                now = line.withValues(values).markedBy(item.id());
            }
        }
        List<String> names = item.isFor(draft, line.field()) ? names(line.field()) : null;
        if (names == null) {
            return now.equals(line) ? null : now;
        }
        draft.named(line.field(), names, item.id());
        return spread(now.markedBy(item.id()), names);
    }

    /// A line about each of the names.
    private static Selection spread(DetectionItem line, List<String> names) {
        if (names.size() == 1) {
            return line.about(names.getFirst());
        }
        List<Selection> lines =
                names.stream().map(name -> (Selection) line.about(name)).toList();
        Predicate<ConfigNode> isAbsence = value -> value instanceof ConfigNode.Scalar scalar && isAbsence(line, scalar);
        List<ConfigNode> absences = line.values().stream().filter(isAbsence).toList();
        if (line.has("neq") || absences.size() == line.values().size()) {
            return new Selection.All(lines);
        }
        if (absences.isEmpty() || line.has("all")) {
            return new Selection.Any(lines);
        }
        List<ConfigNode> others =
                line.values().stream().filter(Predicate.not(isAbsence)).toList();
        return new Selection.Any(
                List.of(spread(line.withValues(absences), names), spread(line.withValues(others), names)));
    }

    private static boolean isAbsence(DetectionItem line, ConfigNode.Scalar value) {
        return line.has("exists")
                ? value.text().equalsIgnoreCase("false") || value.text().equalsIgnoreCase("no")
                : value.isNull();
    }
}
