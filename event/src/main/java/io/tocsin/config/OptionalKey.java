package io.tocsin.config;

/// A key that may be left out and has no default. Made by [KeyDraft].
public final class OptionalKey<T> {
    final KeyRow<T> row;

    OptionalKey(KeyRow<T> row) {
        this.row = row;
    }
}
