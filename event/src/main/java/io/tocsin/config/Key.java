package io.tocsin.config;

/// A key that always has a value, because it is required or has a default. Made by [KeyDraft].
public final class Key<T> {
    final KeyRow<T> row;

    Key(KeyRow<T> row) {
        this.row = row;
    }
}
