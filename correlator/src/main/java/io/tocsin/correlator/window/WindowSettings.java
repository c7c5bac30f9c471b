package io.tocsin.correlator.window;

import org.jspecify.annotations.Nullable;

/// What a window needs to know of its rule.
///
/// @param windowMillis how long a bucket lives, counted from its first event; an event at exactly that
/// distance belongs to the next bucket
/// @param latenessMillis how far behind the latest event an event may come and still be put in its
/// place
/// @param thresholds how many events of each selector are needed, each at least 1
/// @param sequence true when selector i counts only after selectors 0 … i-1 have reached their
/// thresholds
/// @param keepLast true when the last events of a bucket are kept for the output, false for the first
/// @param keptEvents most events kept for the output; the others are only counted
/// @param maximumKeys most keys that are held at a time
/// @param sliding when not null the window ends with each occurrence and the thresholds say nothing;
/// see [SlidingState]
/// @param recovery selectors whose events clear a bucket, one bit each
/// @param timeout true when the end of a window is told if a full match stands that nothing has cleared
/// @param expected when not 0, events of these selectors end the wait of the others; see [Waits]
@SuppressWarnings("ArrayRecordComponent")
public record WindowSettings(
        long windowMillis,
        long latenessMillis,
        int[] thresholds,
        boolean sequence,
        boolean keepLast,
        int keptEvents,
        int maximumKeys,
        @Nullable SlidingSettings sliding,
        long recovery,
        boolean timeout,
        long expected) {

    public WindowSettings {
        if (windowMillis < 1
                || latenessMillis < 0
                || thresholds.length < 1
                || thresholds.length > 64
                || keptEvents < 1
                || maximumKeys < 1) {
            throw new IllegalArgumentException("window settings out of range [window=" + windowMillis + ", lateness="
                    + latenessMillis + ", selectors=" + thresholds.length + ", kept=" + keptEvents + ", keys="
                    + maximumKeys + "]");
        }
        thresholds = thresholds.clone();
    }

    /// A window of buckets, or one that ends with each occurrence.
    public WindowSettings(
            long windowMillis,
            long latenessMillis,
            int[] thresholds,
            boolean sequence,
            boolean keepLast,
            int keptEvents,
            int maximumKeys,
            @Nullable SlidingSettings sliding) {
        this(
                windowMillis,
                latenessMillis,
                thresholds,
                sequence,
                keepLast,
                keptEvents,
                maximumKeys,
                sliding,
                0,
                false,
                0);
    }

    /// True when something is told without an event, because time has passed.
    public boolean expires() {
        return timeout || expected != 0;
    }

    /// A window of buckets.
    public WindowSettings(
            long windowMillis,
            long latenessMillis,
            int[] thresholds,
            boolean sequence,
            boolean keepLast,
            int keptEvents,
            int maximumKeys) {
        this(windowMillis, latenessMillis, thresholds, sequence, keepLast, keptEvents, maximumKeys, null);
    }
}
