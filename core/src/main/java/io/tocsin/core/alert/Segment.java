package io.tocsin.core.alert;

import java.time.Duration;

/// Where a finding belongs: findings of one rule with the same segmentation and key share an alert while it takes more.
///
/// @param segmentation name of the [Segmentation] that decided
/// @param key what distinguishes the alerts of one rule and segmentation; empty for one alert
/// @param limit findings that one alert takes; 0 for no limit
/// @param openMillis how long an alert takes findings after it was made
/// @param title name of the alert; empty for that of the rule
public record Segment(String segmentation, String key, int limit, long openMillis, String title) {
    /// How long an alert takes findings unless something else is said.
    static final Duration OPEN = Duration.ofDays(14);

    /// As findings are grouped when nothing is said.
    ///
    /// @param key values of the fields by which the rule groups
    public static Segment standard(String key) {
        return new Segment(Segmentation.DEFAULT, key, 0, OPEN.toMillis(), "");
    }
}
