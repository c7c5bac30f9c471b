package io.tocsin.config;

import org.jspecify.annotations.Nullable;

/// A row of the table of a component.
///
/// @param defaultValue null when the key is required or optional
/// @param example a value to show, or null
record KeyRow<T>(
        String name,
        String sentence,
        ValueType<T> type,
        boolean required,
        @Nullable T defaultValue,
        @Nullable String example) {
    KeyDescription describe() {
        T value = defaultValue;
        return new KeyDescription(
                name,
                type.label(),
                required,
                value == null ? null : type.print(value),
                isSecret(),
                sentence,
                example,
                type.schema());
    }

    private boolean isSecret() {
        return type.schema().get("x-secret") != null;
    }
}
