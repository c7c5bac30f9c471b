package io.tocsin.core.collector;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How well the texts of one source are understood since it was first seen by a collector. An event is one of parsed,
/// partial and failed.
///
/// @param id stable name for addresses
/// @param source as in the ledger: address of the peer, path of the file, or kind of the connector
/// @param firstSeen epoch ms
/// @param lastSeen epoch ms
/// @param parsed understood without errors
/// @param partial understood, but some value could not be read or was cut
/// @param failed understood by no normalizer
/// @param missing messages that did not come, by the numbers that senders give theirs (`meta.sequenceId` of RFC 5424)
/// @param successPercent share of the parsed ones
/// @param recentSuccessPercent the same over the last five minutes; null when nothing came
/// @param eventsPerSecond mean of the last one to two minutes
/// @param normalizers who understood how many, most first
/// @param sampledEvents events whose fields were looked at
/// @param fadedFields fields that used to be filled and are hardly so any more
public record SourceState(
        String id,
        String source,
        long firstSeen,
        long lastSeen,
        long events,
        long parsed,
        long partial,
        long failed,
        long missing,
        double successPercent,
        @Nullable Double recentSuccessPercent,
        double eventsPerSecond,
        List<Way> normalizers,
        long sampledEvents,
        List<String> fadedFields) {
    /// @param name names of the normalizers from the root on, separated by slashes
    public record Way(String name, long events) {}

    public SourceState {
        normalizers = List.copyOf(normalizers);
        fadedFields = List.copyOf(fadedFields);
    }
}
