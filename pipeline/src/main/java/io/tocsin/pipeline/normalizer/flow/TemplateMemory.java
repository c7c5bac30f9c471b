package io.tocsin.pipeline.normalizer.flow;

import org.jspecify.annotations.Nullable;

/// Where templates outlive the process: keys and values, bounded by who keeps them.
///
/// Thread-safety: any thread.
public interface TemplateMemory {
    /// The value that was remembered last, or null.
    byte @Nullable [] get(String key);

    /// Remembers a value; the same value again changes nothing.
    void put(String key, byte[] value);

    /// Grows with each change.
    long changes();

    /// Forgets a value.
    void remove(String key);
}
