package io.tocsin.core.collector;

import java.util.List;

/// One source of a collector with what was found in its events.
///
/// @param fields that were ever filled, most first
/// @param errors what could not be read, most first
/// @param failures the last ones, newest first
/// @param minutes the last hour, oldest first; minutes without events are left out
public record SourceDetail(
        String collector,
        SourceState summary,
        List<Fill> fields,
        List<ErrorCount> errors,
        List<Failure> failures,
        List<Minute> minutes) {
    /// How often a field is filled, of the events that were looked at.
    ///
    /// @param field of the schema, or a family such as `Extra`
    /// @param percent since the source was first seen
    /// @param recentPercent of the newest 256 to 512 of them
    public record Fill(String field, double percent, double recentPercent, boolean faded) {}

    /// Errors of one kind.
    ///
    /// @param field or name of the normalizer when it was the whole text
    /// @param lastTime epoch ms
    public record ErrorCount(String field, String reason, long count, long lastTime) {}

    /// An event that was not parsed without errors.
    ///
    /// @param time epoch ms
    /// @param understood false when no normalizer understood it
    /// @param field of the first error
    /// @param reason of the first error
    /// @param errors how many there were
    /// @param sample beginning of the text, at most 1 KiB; bytes that are not text as `\xFF`, characters
    ///     that cannot be seen as `\x{202E}`
    /// @param bytes length of the whole text
    public record Failure(
            long time,
            boolean understood,
            String normalizer,
            String field,
            String reason,
            int errors,
            String sample,
            int bytes) {}

    /// @param time epoch ms of its beginning
    public record Minute(long time, long events, long parsed) {}

    public SourceDetail {
        fields = List.copyOf(fields);
        errors = List.copyOf(errors);
        failures = List.copyOf(failures);
        minutes = List.copyOf(minutes);
    }
}
