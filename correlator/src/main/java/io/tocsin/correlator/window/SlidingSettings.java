package io.tocsin.correlator.window;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is asked of a window that ends with each occurrence.
///
/// @param bounds all of them must hold; empty when `seen` says what is asked
/// @param percentile 0 to 100 for [Measure#PERCENTILE], else 0
/// @param form which occurrences before the latest one belong to the window
/// @param gapMillis for [Form#SESSION]: silence longer than this ends the session; else 0
public record SlidingSettings(
        Measure measure, List<Bound> bounds, @Nullable Seen seen, double percentile, Form form, long gapMillis) {

    public SlidingSettings {
        bounds = List.copyOf(bounds);
        if (percentile < 0 || percentile > 100 || gapMillis < 0) {
            throw new IllegalArgumentException(
                    "sliding window out of range [percentile=" + percentile + ", gap=" + gapMillis + "]");
        }
    }

    /// Where the window before an occurrence begins.
    public enum Form {
        /// As long before it as the window is long.
        SLIDING,
        /// At the last multiple of the length of the window since the epoch.
        TUMBLING,
        /// At the first occurrence after the last long silence, or after the window was full.
        SESSION
    }
}
