package io.tocsin.pipeline.normalizer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Says where each part of a text goes, by the name that the format gives to the part. Made while a normalizer is
/// loaded; a format builds its own lookup from it.
///
/// Thread-safety: one thread while it is filled, then read only.
final class SourceMapping {
    private final Map<String, Target> targets = new LinkedHashMap<>();

    /// Adds a target behind those that the key has.
    SourceMapping add(String sourceKey, Target target) {
        Target known = targets.get(sourceKey);
        targets.put(sourceKey, known == null ? target : known.andThen(target));
        return this;
    }

    /// Replaces the targets of a key.
    SourceMapping replace(String sourceKey, Target target) {
        targets.put(sourceKey, target);
        return this;
    }

    /// Takes the targets of a key out; null when there are none.
    @Nullable
    Target remove(String sourceKey) {
        return targets.remove(sourceKey);
    }

    @Nullable
    Target get(String sourceKey) {
        return targets.get(sourceKey);
    }

    /// The same mapping for another thread.
    SourceMapping forThread() {
        SourceMapping copy = new SourceMapping();
        targets.forEach((key, target) -> copy.targets.put(key, target.forThread()));
        return copy;
    }

    Map<String, Target> targets() {
        return targets;
    }

    KeyTable<Target> table() {
        return new KeyTable<>(targets);
    }
}
