package io.tocsin.correlator.rule;

import io.tocsin.config.Position;
import io.tocsin.correlator.function.Expression;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
/// @param own what only own rules say
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
        Position position,
        Own own) {

    /// What only own rules say. Immutable.
    ///
    /// @param rateLimit most hits told for one second of event time; 0 for no limit
    /// @param orderBy number by which events of the same time are ordered; null for their identifiers
    /// @param isStrict true when its events are taken in the order of time, after the lateness: because it reads or
    ///     changes tables, takes or makes correlation events for other rules, or has a rate limit
    /// @param listens true when it asks for correlation events and notices of the correlator
    /// @param latenessMillis how late an event may come and still be put in its place, for strict rules
    /// @param variables what it may compute, by what stands for it where a field is expected
    /// @param segmentation name of what divides its findings into alerts; empty for what is usual
    public record Own(
            int rateLimit,
            @Nullable FieldReference orderBy,
            boolean isStrict,
            boolean listens,
            long latenessMillis,
            Map<FieldReference, Expression> variables,
            String segmentation) {
        /// Nothing of all that.
        public static final Own NONE = new Own(0, null, false, false, 0, Map.of(), "");

        public Own {
            variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        }
    }

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
                position,
                own);
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
