package io.tocsin.config;

import org.jspecify.annotations.Nullable;

/// A key that is being declared: say last whether it is required, optional, or has a default.
///
/// Thread-safety: one thread.
public final class KeyDraft<T> {
    private final ConfigSpec.Builder builder;
    private final String name;
    private final String sentence;
    private final ValueType<T> type;
    private @Nullable String example;

    KeyDraft(ConfigSpec.Builder builder, String name, String sentence, ValueType<T> type) {
        this.builder = builder;
        this.name = name;
        this.sentence = sentence;
        this.type = type;
    }

    /// A value to show in the manual and in forms.
    public KeyDraft<T> example(String text) {
        example = text;
        return this;
    }

    public Key<T> required() {
        return new Key<>(builder.add(new KeyRow<>(name, sentence, type, true, null, example)));
    }

    public Key<T> defaultTo(T value) {
        return new Key<>(builder.add(new KeyRow<>(name, sentence, type, false, value, example)));
    }

    public OptionalKey<T> optional() {
        return new OptionalKey<>(builder.add(new KeyRow<>(name, sentence, type, false, null, example)));
    }
}
