package io.tocsin.correlator.engine;

import java.util.List;

/// What a rule found, in the form from which alerts are made. Everything in it also stands in the correlation
/// event, see [Correlations].
///
/// @param id of the finding: the same for an amendment or retraction as for what is amended or retracted
/// @param change whether it is new, or replaces or withdraws an earlier one with the same id
/// @param ruleId name of an own rule, id of a Sigma rule
/// @param priority 1 low to 4 critical
/// @param alert true when it makes or joins an alert
/// @param startMillis event time of the first event
/// @param endMillis event time of the last event
/// @param entities users, hosts and addresses that took part
/// @param groupedBy names of the identical fields
/// @param groupValues their values, in the same order; an absent one is empty
/// @param baseEventIds identifiers of the events kept, in order of time
/// @param baseEventCount all events that took part
/// @param summary one line with actual values
public record Hit(
        String id,
        Change change,
        String ruleId,
        String ruleName,
        String origin,
        String level,
        int priority,
        boolean alert,
        long startMillis,
        long endMillis,
        List<Entity> entities,
        List<String> tactics,
        List<String> techniques,
        List<String> groupedBy,
        List<String> groupValues,
        List<String> baseEventIds,
        int baseEventCount,
        String summary) {

    public Hit {
        entities = List.copyOf(entities);
        tactics = List.copyOf(tactics);
        techniques = List.copyOf(techniques);
        groupedBy = List.copyOf(groupedBy);
        groupValues = List.copyOf(groupValues);
        baseEventIds = List.copyOf(baseEventIds);
    }

    public enum Change {
        NEW("correlation"),
        AMENDED("correlation-amended"),
        RETRACTED("correlation-retracted");

        private final String classId;

        Change(String classId) {
            this.classId = classId;
        }

        /// Value of `DeviceEventClassID` of the correlation event.
        public String classId() {
            return classId;
        }
    }

    /// @param kind `user`, `host` or `address`
    public record Entity(String kind, String value) {
        @Override
        public String toString() {
            return kind + ":" + value;
        }
    }
}
