package io.tocsin.pipeline.assemble;

import io.tocsin.event.EntryOrigin;
import java.util.List;

/// An event put together from its parts.
///
/// @param parts in the order in which they stand in the text
/// @param text the texts of the parts, joined by the separator
/// @param flags those that the parts came with
/// @param key what they had in common, empty for a line that belonged to no group
/// @param late it belongs to an event that was handed on before
/// @param incomplete something is known, or has to be assumed, to be missing
/// @param ignored the parts say nothing new and are dropped
@SuppressWarnings("ArrayRecordComponent") // handed on once, compared by nobody
public record Assembled(
        List<Line> parts, byte[] text, int flags, String key, boolean late, boolean incomplete, boolean ignored) {
    /// Where and when a part came in.
    ///
    /// @param receivedNanos nanoseconds since the epoch
    /// @param hops the collectors that passed it on since, oldest first
    public record Line(EntryOrigin origin, long receivedNanos, List<String> hops) {
        public Line {
            hops = List.copyOf(hops);
        }
    }

    public Assembled {
        parts = List.copyOf(parts);
    }
}
