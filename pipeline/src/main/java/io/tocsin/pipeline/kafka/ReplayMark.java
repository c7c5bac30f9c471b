package io.tocsin.pipeline.kafka;

import org.jspecify.annotations.Nullable;

/// Says that a group reads a part of a partition once more on purpose: kept as the metadata of the committed place,
/// so that every member that goes on from there knows it.
///
/// @param until place before which records are read once more
/// @param resume place up to which everything was read before; what lies between is passed over
public record ReplayMark(long until, long resume) {
    private static final String PREFIX = "tocsin-replay until=";
    private static final String RESUME = " resume=";

    /// As it is committed.
    public String text() {
        return PREFIX + until + RESUME + resume;
    }

    /// @return null when the metadata is no mark
    public static @Nullable ReplayMark read(@Nullable String metadata) {
        if (metadata == null || !metadata.startsWith(PREFIX)) {
            return null;
        }
        int space = metadata.indexOf(RESUME);
        if (space < 0) {
            return null;
        }
        try {
            long until = Long.parseLong(metadata.substring(PREFIX.length(), space));
            long resume = Long.parseLong(metadata.substring(space + RESUME.length()));
            return until <= resume ? new ReplayMark(until, resume) : null;
        } catch (NumberFormatException notOurs) {
            return null;
        }
    }
}
