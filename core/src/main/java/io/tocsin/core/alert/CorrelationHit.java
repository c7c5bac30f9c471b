package io.tocsin.core.alert;

import java.util.List;
import java.util.regex.Pattern;

/// A rule that fired: what the core makes alerts of.
///
/// @param id identifier of the finding, 128 bits as hex or UUID text, the same in every repetition and correction
/// @param changeId identifier of the correlation event; that of a correction is its own
/// @param change whether the finding is new, or what was found before was wrong
/// @param priority of the rule, 1 low to 4 critical
/// @param timeMillis time of the correlation event, epoch ms
/// @param firstSeenMillis time of the first base event, epoch ms
/// @param lastSeenMillis time of the last base event, epoch ms
/// @param tactics MITRE ATT&CK tactics
/// @param techniques MITRE ATT&CK techniques
/// @param groupKey hits of one rule with the same key share an alert; empty for one alert per rule
/// @param summary one sentence for the queue
/// @param fields the fields of the correlation event as the text of one JSON object
/// @param noAlert the rule wants an event only; such a hit is passed over
/// @param segment into which alert it goes
public record CorrelationHit(
        String id,
        String changeId,
        Change change,
        String ruleId,
        String ruleName,
        int priority,
        long timeMillis,
        long firstSeenMillis,
        long lastSeenMillis,
        List<Entity> entities,
        List<String> tactics,
        List<String> techniques,
        String groupKey,
        List<String> baseEventIds,
        String summary,
        String fields,
        boolean noAlert,
        Segment segment) {
    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    /// What a correlation event says of a finding.
    public enum Change {
        NEW,
        /// Late events changed what belongs to it.
        AMENDED,
        /// Late events showed that it was none.
        RETRACTED;

        /// Reads `DeviceEventClassID` of a correlation event.
        public static Change ofClassId(String text) {
            return switch (text) {
                case "correlation-amended" -> AMENDED;
                case "correlation-retracted" -> RETRACTED;
                default -> NEW;
            };
        }
    }

    /// A new finding that is grouped as its rule says.
    public CorrelationHit(
            String id,
            String ruleId,
            String ruleName,
            int priority,
            long timeMillis,
            long firstSeenMillis,
            long lastSeenMillis,
            List<Entity> entities,
            List<String> tactics,
            List<String> techniques,
            String groupKey,
            List<String> baseEventIds,
            String summary,
            String fields,
            boolean noAlert) {
        this(
                id,
                id,
                Change.NEW,
                ruleId,
                ruleName,
                priority,
                timeMillis,
                firstSeenMillis,
                lastSeenMillis,
                entities,
                tactics,
                techniques,
                groupKey,
                baseEventIds,
                summary,
                fields,
                noAlert,
                Segment.standard(groupKey));
    }

    public CorrelationHit {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("identifier of a hit must be 128 bits as hex or UUID [id=" + id + "]");
        }
        if (priority < 1 || priority > 4) {
            throw new IllegalArgumentException("priority must be 1 to 4 [priority=" + priority + "]");
        }
        entities = List.copyOf(entities);
        tactics = List.copyOf(tactics);
        techniques = List.copyOf(techniques);
        baseEventIds = List.copyOf(baseEventIds);
    }
}
