package io.tocsin.pipeline.normalizer;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// A configured format: how to make it, what it maps when nothing is said, and which parts it gives.
///
/// @param defaults adds the default mapping
/// @param create makes the format for one thread
/// @param sources names of all parts, or empty when the text decides
record FormatPlan(Consumer<SourceMapping> defaults, Function<SourceMapping, Format> create, List<String> sources) {
    FormatPlan {
        sources = List.copyOf(sources);
    }
}
