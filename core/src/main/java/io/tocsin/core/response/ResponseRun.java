package io.tocsin.core.response;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A run of a response as it is shown.
///
/// @param findingId identifier of the finding, `ExternalID` of its correlation event
/// @param alertId alert that the finding is part of, or null
/// @param actor login of who asked for it, or `system`
/// @param byHand true when a person asked for it
/// @param attempts made so far
/// @param createdAt epoch ms of the decision
/// @param dueAt epoch ms of the next attempt, while it waits
/// @param startedAt epoch ms of the last attempt
/// @param outcome one line
/// @param output what a script printed or the other side answered; cut
public record ResponseRun(
        String id,
        String response,
        String kind,
        String findingId,
        @Nullable String alertId,
        String ruleId,
        String ruleName,
        String actor,
        boolean byHand,
        State state,
        int attempts,
        long createdAt,
        long dueAt,
        @Nullable Long startedAt,
        @Nullable Long endedAt,
        String outcome,
        String output) {
    /// Where a run stands.
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        /// Not made because of the limits of the response.
        SUPPRESSED,
        /// Not made any more: the finding was retracted, or the response is gone.
        CANCELLED;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static State of(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }
}
