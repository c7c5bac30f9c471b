package io.tocsin.pipeline.connector.framing;

import org.jspecify.annotations.Nullable;

/// How a stream is cut into frames.
///
/// @param maximumFrameBytes longest frame that is handed on whole, 1 to 1 GiB
/// @param longLines what becomes of lines beyond that; counted frames and whole streams are always cut
/// @param delimiters what ends a frame with [Framing#DELIMITED], else null
public record FrameSettings(
        Framing framing,
        int maximumFrameBytes,
        LongLines longLines,
        @Nullable Delimiters delimiters) {
    public FrameSettings {
        if (maximumFrameBytes < 1 || maximumFrameBytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "frame limit must be between 1 byte and 1 GiB [bytes=" + maximumFrameBytes + "]");
        }
        if ((framing == Framing.DELIMITED) != (delimiters != null)) {
            throw new IllegalArgumentException(
                    delimiters == null
                            ? "framing delimited needs delimiters: name what ends an event"
                            : "delimiters have no meaning with another framing: set framing: delimited");
        }
    }

    /// Lines beyond the limit are cut.
    public static FrameSettings cutting(Framing framing, int maximumFrameBytes) {
        return new FrameSettings(framing, maximumFrameBytes, LongLines.CUT, null);
    }
}
