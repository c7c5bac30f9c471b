package io.tocsin.pipeline.normalizer;

import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;

/// The names of the normalizers that understood a text, from the one that was asked to the deepest, separated by
/// slashes. A normalizer may be reached in many ways, so ways are put together while texts are normalized, and kept.
///
/// Thread-safety: one thread.
final class NormalizerPath {
    private final String first;
    private final String text;
    private final byte[] bytes;
    private final IdentityHashMap<NormalizerPath, NormalizerPath> longer = new IdentityHashMap<>(0);
    /// What [#with] answered last, and for what: a stream goes one way nearly always.
    private NormalizerPath lastBelow = this;

    private NormalizerPath last = this;

    NormalizerPath(String name) {
        this(name, name);
    }

    private NormalizerPath(String first, String text) {
        this.first = first;
        this.text = text;
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    /// The names, always the same object.
    String name() {
        return text;
    }

    /// The names in UTF-8.
    byte[] text() {
        return bytes;
    }

    /// This normalizer and the way below it. A tree that picks by content and the normalizer that it picks may share a
    /// name: it is not repeated.
    @SuppressWarnings("ReferenceEquality") // ways are made once
    NormalizerPath with(NormalizerPath below) {
        if (below != lastBelow) {
            last = longer.computeIfAbsent(
                    below, way -> way.first.equals(first) ? way : new NormalizerPath(first, text + "/" + way.text));
            lastBelow = below;
        }
        return last;
    }
}
