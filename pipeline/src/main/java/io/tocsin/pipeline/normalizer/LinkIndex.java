package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the nested normalizers that one text may be for, so that forty of them cost one lookup. It looks at the
/// part that most links compare with fixed values (`is`); a link that does not compare it stays in its place among
/// the others, so order and result are those of trying all. Immutable.
final class LinkIndex {
    /// Fewer links that compare one part are not worth a lookup.
    private static final int WORTH_A_LOOKUP = 3;

    private final NormalizerNode.Link[] general;
    private final @Nullable KeyTable<NormalizerNode.Link[]> byValue;
    private final int register;

    LinkIndex(NormalizerNode.Link[] links) {
        Map<Integer, Integer> uses = new HashMap<>();
        for (NormalizerNode.Link link : links) {
            for (LinkCondition condition : link.conditions()) {
                if (condition instanceof LinkCondition.OneOf fixed) {
                    uses.merge(fixed.register(), 1, Integer::sum);
                }
            }
        }
        int best = -1;
        int bestUses = 0;
        for (Map.Entry<Integer, Integer> use : uses.entrySet()) {
            if (use.getKey() >= 0 && use.getValue() > bestUses) {
                best = use.getKey();
                bestUses = use.getValue();
            }
        }
        register = best;
        if (bestUses < WORTH_A_LOOKUP) {
            general = links;
            byValue = null;
            return;
        }
        Set<String> values = new LinkedHashSet<>();
        for (NormalizerNode.Link link : links) {
            LinkCondition.OneOf fixed = fixed(link, best);
            if (fixed != null) {
                values.addAll(fixed.texts());
            }
        }
        Map<String, NormalizerNode.Link[]> table = new LinkedHashMap<>();
        for (String value : values) {
            table.put(value, select(links, best, value));
        }
        general = select(links, best, null);
        byValue = new KeyTable<>(table);
    }

    private static LinkCondition.@Nullable OneOf fixed(NormalizerNode.Link link, int register) {
        for (LinkCondition condition : link.conditions()) {
            if (condition instanceof LinkCondition.OneOf fixed && fixed.register() == register) {
                return fixed;
            }
        }
        return null;
    }

    /// Links for a value of the part; null stands for any other value.
    private static NormalizerNode.Link[] select(NormalizerNode.Link[] links, int register, @Nullable String value) {
        List<NormalizerNode.Link> result = new ArrayList<>();
        for (NormalizerNode.Link link : links) {
            LinkCondition.OneOf fixed = fixed(link, register);
            if (fixed == null || (value != null && fixed.texts().contains(value))) {
                result.add(link);
            }
        }
        return result.toArray(NormalizerNode.Link[]::new);
    }

    /// The links whose conditions may hold, in the order in which they are written.
    NormalizerNode.Link[] candidates(EventBuilder event, FieldWriter writer) {
        if (byValue == null) {
            return general;
        }
        long span = writer.register(register);
        if (span == -1) {
            return general;
        }
        NormalizerNode.Link[] found =
                byValue.find(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span));
        return found == null ? general : found;
    }
}
