package io.tocsin.core.alert;

import org.jspecify.annotations.Nullable;

/// Keeps further findings of an alert's group from alerts, until it expires or is ended. The correlation events are
/// written and stored all the same. Times are epoch ms.
///
/// @param segmentation and group say, with the rule, whose findings are held back
/// @param group fields and values as `FIELD=value`, one a line; empty for all findings of the rule
/// @param alertId the alert it was made for
/// @param createdBy login of who made it
/// @param endedAt when somebody ended it before its time, or null
/// @param hits findings that were held back
/// @param lastHit when the last of them came, null for none
record Suppression(
        String id,
        String ruleId,
        String ruleName,
        String segmentation,
        String group,
        String alertId,
        String reason,
        String createdBy,
        long createdAt,
        long expiresAt,
        @Nullable Long endedAt,
        long hits,
        @Nullable Long lastHit) {}
