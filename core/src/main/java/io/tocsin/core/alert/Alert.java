package io.tocsin.core.alert;

import io.tocsin.core.user.UserReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An alert as clients see it. Times are epoch ms.
///
/// @param priorityManual a person set the priority, hits do not change it any more
/// @param rulePriority highest priority that the rule had in any hit; the alert's is never lower unless set before
/// @param segmentation what divided the hits of the rule into alerts, see [Segmentation]
/// @param count hits, kept or not
/// @param overflow there were more events than an alert keeps; the rest was only counted
/// @param version changes with every change, for optimistic locking
record Alert(
        String id,
        String name,
        String ruleId,
        String ruleName,
        String segmentation,
        AlertStatus status,
        int priority,
        boolean priorityManual,
        int rulePriority,
        long firstSeen,
        long lastSeen,
        long createdAt,
        long updatedAt,
        @Nullable UserReference assignee,
        @Nullable ClosingReason closingReason,
        long count,
        boolean overflow,
        List<Entity> entities,
        List<String> tactics,
        List<String> techniques,
        String summary,
        long version) {}
