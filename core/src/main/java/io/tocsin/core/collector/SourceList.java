package io.tocsin.core.collector;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The sources of a collector.
///
/// @param forgottenSources how often a source was let go because there were too many; the least recently seen goes
/// @param forgottenEvents what had been counted of those
/// @param next always null: the list is whole
public record SourceList(
        List<SourceState> items,
        long forgottenSources,
        long forgottenEvents,
        @Nullable String next) {
    public SourceList {
        items = List.copyOf(items);
    }
}
