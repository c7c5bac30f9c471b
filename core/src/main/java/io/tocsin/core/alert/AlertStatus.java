package io.tocsin.core.alert;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// Where an alert stands. New hits go into alerts that are not closed.
enum AlertStatus {
    NEW,
    ASSIGNED,
    CLOSED;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    static AlertStatus of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
