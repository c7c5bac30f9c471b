package io.tocsin.correlator.rule;

import io.tocsin.config.Position;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A rule, whoever wrote it. Immutable.
///
/// @param id unique in a rule set: the `name` of an own rule, the `id` of a Sigma rule
/// @param title name for people
/// @param timeField field that holds the event time; null for `DeviceReceiptTime`, or `Timestamp` where that is
///     empty
/// @param identical fields whose values make the key of a bucket; copied to the correlation event
/// @param propagated further fields whose values are copied to the correlation event
/// @param summary template of the one-line summary; empty for a general one
/// @param level the rule's level as its format calls it
/// @param tactics MITRE ATT&CK tactics such as `credential-access`
/// @param techniques MITRE ATT&CK techniques such as `T1110.001`
/// @param contentHash hash of what the rule says; its state is kept across a reload when it stays the
/// same
/// @param position where the rule was written
public record Rule(
        String id,
        String title,
        String description,
        Origin origin,
        RulePriority priority,
        String level,
        RuleKind kind,
        List<Selector> selectors,
        @Nullable Field timeField,
        List<FieldReference> identical,
        List<FieldReference> propagated,
        String summary,
        List<String> tactics,
        List<String> techniques,
        List<String> references,
        List<String> falsePositives,
        long contentHash,
        Position position) {

    /// Most selectors of a rule.
    public static final int MAXIMUM_SELECTORS = 32;

    public Rule {
        selectors = List.copyOf(selectors);
        identical = List.copyOf(identical);
        propagated = List.copyOf(propagated);
        tactics = List.copyOf(tactics);
        techniques = List.copyOf(techniques);
        references = List.copyOf(references);
        falsePositives = List.copyOf(falsePositives);
        if (selectors.isEmpty() || selectors.size() > MAXIMUM_SELECTORS) {
            throw new IllegalArgumentException("a rule has 1 to " + MAXIMUM_SELECTORS + " selectors [rule=" + id
                    + ", selectors=" + selectors.size() + "]");
        }
    }

    /// The same rule with another way from events to hits.
    public Rule withKind(RuleKind other) {
        return with(other, selectors, propagated, contentHash);
    }

    /// The same rule with other selectors, in the same number.
    public Rule withSelectors(List<Selector> others) {
        return with(kind, others, propagated, contentHash);
    }

    /// The same rule that copies these fields as well.
    public Rule withPropagated(List<FieldReference> more) {
        Set<FieldReference> all = new LinkedHashSet<>(propagated);
        all.addAll(more);
        return with(kind, selectors, List.copyOf(all), contentHash);
    }

    /// The same rule, which also depends on what something else says.
    public Rule withContentHash(long other) {
        return with(kind, selectors, propagated, other);
    }

    private Rule with(
            RuleKind otherKind, List<Selector> otherSelectors, List<FieldReference> otherPropagated, long otherHash) {
        return new Rule(
                id,
                title,
                description,
                origin,
                priority,
                level,
                otherKind,
                otherSelectors,
                timeField,
                identical,
                otherPropagated,
                summary,
                tactics,
                techniques,
                references,
                falsePositives,
                otherHash,
                position);
    }

    /// Who wrote it.
    public enum Origin {
        OWN,
        SIGMA;

        /// `own` or `sigma`.
        public String text() {
            return this == OWN ? "own" : "sigma";
        }
    }
}
