package io.tocsin.core.alert;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tocsin.core.user.UserReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An alert with all that belongs to it.
///
/// @param group fields and values that distinguish the alert from others of its rule and segmentation, as
///     `FIELD=value`, one a line
/// @param suppression what holds back further findings of its group now, or null
/// @param events newest first
/// @param eventsNext cursor of the next page of events, null on the last one
record AlertDetail(
        @JsonUnwrapped Alert alert,
        String group,
        PriorityExplanation priorityExplanation,
        @Nullable Suppression suppression,
        List<HitEvent> events,
        @Nullable String eventsNext,
        List<Comment> comments,
        List<Change> history) {
    /// Where the priority comes from.
    ///
    /// @param formula how the factors become the priority, for people
    record PriorityExplanation(int priority, String formula, List<AlertPriority.Factor> factors) {
        PriorityExplanation {
            factors = List.copyOf(factors);
        }
    }

    /// A correlation event of the alert.
    ///
    /// @param fields JSON object text
    record HitEvent(
            String id,
            long time,
            String summary,
            @JsonRawValue String fields,
            List<String> baseEventIds) {}

    /// What someone wrote.
    record Comment(String id, UserReference author, String text, long createdAt) {}

    /// What happened to the alert: `created`, `status`, `assignee`, `priority`, `comment`, or
    /// `amended` and `retracted` when late events corrected a finding, `suppressed` and `suppression-ended`.
    ///
    /// @param user who did it; null for the system
    record Change(
            long time,
            @Nullable UserReference user,
            String change,
            @Nullable String from,
            @Nullable String to) {}
}
