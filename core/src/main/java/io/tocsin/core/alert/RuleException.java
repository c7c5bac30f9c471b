package io.tocsin.core.alert;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a rule finds and makes no alert of, until it expires. The correlation event is written and
/// stored all the same. Times are epoch ms.
///
/// @param fields names and values of fields of the correlation event that must all be so; none for
/// whatever the rule finds
/// @param createdBy login of who made it
/// @param hits findings that made no alert because of it
/// @param lastHit when the last of them came, null for none
record RuleException(
        String id,
        String ruleId,
        Map<String, String> fields,
        String reason,
        String createdBy,
        long createdAt,
        long expiresAt,
        long hits,
        @Nullable Long lastHit) {
    RuleException {
        fields = Map.copyOf(fields);
    }
}
