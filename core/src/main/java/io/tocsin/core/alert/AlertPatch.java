package io.tocsin.core.alert;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.user.UserReference;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a person wants changed in an alert; what is absent stays.
///
/// @param assignee text of an account's identifier, JSON null to take the assignee away, absent to leave it
/// @param version of the alert that the person saw
record AlertPatch(
        @Nullable AlertStatus status,
        @Nullable JsonNode assignee,

        @Nullable @Min(value = 1, message = "must be 1 to 4") @Max(value = 4, message = "must be 1 to 4")
        Integer priority,

        @Nullable ClosingReason closingReason,

        @NotNull(message = "is missing: send the version that you saw")
        Long version) {
    /// The changeable part of an alert after a patch.
    record Outcome(
            AlertStatus status,
            @Nullable String assigneeId,
            int priority,
            boolean priorityManual,
            @Nullable ClosingReason closingReason) {
        boolean isChange(Alert old) {
            return status != old.status()
                    || !Objects.equals(assigneeId, id(old.assignee()))
                    || priority != old.priority()
                    || priorityManual != old.priorityManual()
                    || closingReason != old.closingReason();
        }
    }

    /// Works out the alert after this patch, or refuses it.
    ///
    /// Assigned and having an assignee are one thing: naming somebody makes a new alert assigned, taking the
    /// assignee away makes it new, and assigning without a name means oneself. A closed alert keeps its assignee.
    Outcome apply(Alert old, String userId, Predicate<String> isAccount) {
        String assigneeId = assigneeAfter(old, isAccount);
        AlertStatus next = status;
        if (next == null) {
            next = old.status();
            if (assignee != null && next != AlertStatus.CLOSED) {
                next = assigneeId == null ? AlertStatus.NEW : AlertStatus.ASSIGNED;
            }
        } else if (next == AlertStatus.ASSIGNED && assigneeId == null) {
            if (assignee != null) {
                throw ApiException.invalid("assignee", "must name somebody when the status is assigned");
            }
            assigneeId = userId;
        } else if (next == AlertStatus.NEW) {
            if (assignee != null && assigneeId != null) {
                throw ApiException.invalid("assignee", "cannot be set when the status is new");
            }
            assigneeId = null;
        }
        return new Outcome(
                next,
                assigneeId,
                priorityAfter(old),
                old.priorityManual() || priority != null,
                closingReasonAfter(old, next));
    }

    private @Nullable String assigneeAfter(Alert old, Predicate<String> isAccount) {
        if (assignee == null) {
            return id(old.assignee());
        }
        if (assignee.isNull()) {
            return null;
        }
        if (!assignee.isString() || !isAccount.test(assignee.asString())) {
            throw ApiException.invalid("assignee", "must be the identifier of a user or null");
        }
        return assignee.asString();
    }

    private int priorityAfter(Alert old) {
        if (priority == null) {
            return old.priority();
        }
        if (priority < old.rulePriority()) {
            throw ApiException.invalid("priority", "must not be lower than the rule's, which is " + old.rulePriority());
        }
        return priority;
    }

    private @Nullable ClosingReason closingReasonAfter(Alert old, AlertStatus next) {
        if (next != AlertStatus.CLOSED) {
            if (closingReason != null) {
                throw ApiException.invalid("closingReason", "goes with the status closed only");
            }
            return null;
        }
        ClosingReason reason = closingReason == null ? old.closingReason() : closingReason;
        if (reason == null) {
            throw ApiException.invalid("closingReason", "is missing: say why the alert is closed");
        }
        return reason;
    }

    private static @Nullable String id(@Nullable UserReference user) {
        return user == null ? null : user.id();
    }
}
