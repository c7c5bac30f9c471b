package io.tocsin.pipeline.diagnostics;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How well the texts of one source were understood since it was first seen. Immutable.
///
/// Every event is exactly one of parsed, partial and failed. The success of a source is the share of the parsed ones:
/// a value that could not be read counts against it, since a rule may wait for that very value.
///
/// @param id stable name for addresses, see [#id(String)]
/// @param source as in the ledger, see [EntryOrigin#source()]
/// @param firstSeenMillis reception of its first event, milliseconds since the epoch
/// @param lastSeenMillis reception of its last event
/// @param events texts that were normalized
/// @param parsed events understood without any `ParseError`
/// @param partial events understood, of which some value could not be read or was cut
/// @param failed events that no normalizer understood
/// @param missing messages that did not come, by the numbers that senders gave theirs (`meta.sequenceId` of RFC 5424)
/// @param eventsPerSecond mean of the last one to two minutes
/// @param recentEvents events of the last [#RECENT_MINUTES]
/// @param recentParsed those of them that were parsed
/// @param normalizers who understood how many events, most first
/// @param sampledEvents events whose fields were looked at
/// @param fields fields that were ever filled, most first
/// @param errors what could not be read, most first
/// @param failures the last ones, newest first
/// @param minutes the last hour, oldest first; minutes without events are left out
public record SourceFigures(
        String id,
        String source,
        long firstSeenMillis,
        long lastSeenMillis,
        long events,
        long parsed,
        long partial,
        long failed,
        long missing,
        double eventsPerSecond,
        long recentEvents,
        long recentParsed,
        List<Way> normalizers,
        long sampledEvents,
        List<Fill> fields,
        List<ErrorCount> errors,
        List<Failure> failures,
        List<Minute> minutes) {
    /// What counts as recent.
    public static final int RECENT_MINUTES = 5;

    private static final int ID_BYTES = 8;
    private static final double FADING_PERCENT = 10;

    /// Events that went one way through a normalizer tree.
    ///
    /// @param name names of the normalizers from the root on, separated by slashes, as in `NormalizerName`;
    ///     [ParseDiagnostics#OTHER] for the rest when there are too many ways
    public record Way(String name, long events) {}

    /// How often a field was filled, of the events that were looked at.
    ///
    /// @param field name of a schema field, or of a family of dynamic fields such as `Extra`
    /// @param percent since the source was first seen
    /// @param recentPercent in the newest 256 to 512 events that were looked at
    public record Fill(String field, double percent, double recentPercent) {
        /// True for a field that used to be filled and is hardly so any more: less than a tenth of what was usual. Rare
        /// fields are left out, they may be missing by chance.
        public boolean faded() {
            return percent >= FADING_PERCENT && recentPercent < percent / 10;
        }
    }

    /// Events or values that could not be read, of one kind.
    ///
    /// @param field the field, or the name of the normalizer when it was the whole text
    /// @param lastMillis when it happened last, milliseconds since the epoch
    public record ErrorCount(String field, String reason, long count, long lastMillis) {}

    /// An event that was not parsed without errors.
    ///
    /// @param understood false when no normalizer understood it
    /// @param normalizer who understood it, else who was asked
    /// @param field of the first error, or the name of the normalizer when it was the whole text
    /// @param reason of the first error
    /// @param errors how many there were
    /// @param sample beginning of the text, see [SampleText]
    /// @param bytes length of the whole text
    public record Failure(
            long timeMillis,
            boolean understood,
            String normalizer,
            String field,
            String reason,
            int errors,
            String sample,
            int bytes) {}

    /// @param startMillis beginning of the minute, milliseconds since the epoch
    public record Minute(long startMillis, long events, long parsed) {}

    public SourceFigures {
        normalizers = List.copyOf(normalizers);
        fields = List.copyOf(fields);
        errors = List.copyOf(errors);
        failures = List.copyOf(failures);
        minutes = List.copyOf(minutes);
    }

    /// Share of the parsed events in percent, 100 when there is none.
    public double successPercent() {
        return events == 0 ? 100 : 100.0 * parsed / events;
    }

    /// The same for recent events; null when there is none.
    public @Nullable Double recentSuccessPercent() {
        return recentEvents == 0 ? null : 100.0 * recentParsed / recentEvents;
    }

    /// A name for a source that fits into an address: 16 hex digits that depend on its text alone.
    public static String id(String source) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of()
                    .toHexDigits(ByteBuffer.wrap(digest, 0, ID_BYTES).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
