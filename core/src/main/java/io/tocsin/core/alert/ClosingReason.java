package io.tocsin.core.alert;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// Why an alert was closed: dealt with, or false because of its data or of its rule.
enum ClosingReason {
    RESPONDED,
    INCORRECT_DATA,
    INCORRECT_RULE;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ClosingReason of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
