package io.tocsin.pipeline.transport.log;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Places in the log's work at which tests end the process, to see what the next one makes of it. Off unless the
/// system property `tocsin.crash-point` names one: `segment-created`, or `segment-created:3` for the third time it
/// is reached. The process is then halted on the spot, without shutdown hooks, as `kill -9` would do it.
public enum CrashPoint {
    /// A record was written and not forced.
    RECORD_WRITTEN,

    /// Records were forced; nobody was told yet.
    FSYNC_DONE,

    /// A segment is complete, the next one not made yet.
    SEGMENT_SEALED,

    /// A segment was made with its header; nothing was forced.
    SEGMENT_CREATED,

    /// A cursor was written and not forced.
    CHECKPOINT_WRITTEN,

    /// A cursor was forced; segments behind it are still there.
    CHECKPOINT_FORCED,

    /// The identity was written beside the old one.
    CHECKPOINT_TEMP_WRITTEN,

    /// The identity was moved over the old one.
    CHECKPOINT_RENAMED,

    /// A segment that nobody needs is about to be deleted.
    PRE_UNLINK,

    /// It was deleted.
    POST_UNLINK,

    /// Records that could not be forced were copied and forced beside, not moved into their place.
    RESCUE_WRITTEN,

    /// They were moved into place, the old files are still there.
    RESCUE_RENAMED;

    /// The system property.
    public static final String PROPERTY = "tocsin.crash-point";

    /// The exit status of a process that `kill -9` ended.
    private static final int STATUS = 137;

    private static final @Nullable CrashPoint ARMED = armed(System.getProperty(PROPERTY));
    private static final AtomicLong TIMES = new AtomicLong(times(System.getProperty(PROPERTY)));

    /// As the property names it.
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static @Nullable CrashPoint armed(@Nullable String property) {
        if (property == null || property.isBlank()) {
            return null;
        }
        String wanted = property.strip().split(":", 2)[0];
        for (CrashPoint point : values()) {
            if (point.text().equals(wanted)) {
                return point;
            }
        }
        System.getLogger(CrashPoint.class.getName())
                .log(System.Logger.Level.WARNING, "no such crash point, none is armed [{0}={1}]", PROPERTY, property);
        return null;
    }

    private static long times(@Nullable String property) {
        String[] parts = property == null ? new String[0] : property.strip().split(":", 2);
        try {
            return parts.length < 2 ? 1 : Math.max(1, Long.parseLong(parts[1]));
        } catch (NumberFormatException notANumber) {
            return 1;
        }
    }

    /// Ends the process when this point is armed and has been reached often enough.
    void reached() {
        if (this == ARMED && TIMES.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(STATUS);
        }
    }
}
