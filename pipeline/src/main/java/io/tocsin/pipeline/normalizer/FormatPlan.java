package io.tocsin.pipeline.normalizer;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// A configured format: how to make it, what it maps when nothing is said, and which parts it gives.
///
/// @param defaults adds the default mapping
/// @param maker makes the format for one thread
/// @param sources names of all parts, or empty when the text decides
/// @param binary texts are bytes: nothing may be trimmed from their ends
record FormatPlan(Consumer<SourceMapping> defaults, Maker maker, List<String> sources, boolean binary) {
    /// Makes a format for one thread.
    @FunctionalInterface
    interface Maker {
        /// @param memory what the format may remember of its streams
        Format make(SourceMapping mapping, NormalizerMemory memory);
    }

    FormatPlan {
        sources = List.copyOf(sources);
    }

    /// A format that remembers nothing from one text to the next.
    FormatPlan(Consumer<SourceMapping> defaults, Function<SourceMapping, Format> create, List<String> sources) {
        this(defaults, (SourceMapping mapping, NormalizerMemory _) -> create.apply(mapping), sources);
    }

    /// A format of texts that remembers something of its streams.
    FormatPlan(Consumer<SourceMapping> defaults, Maker maker, List<String> sources) {
        this(defaults, maker, sources, false);
    }
}
