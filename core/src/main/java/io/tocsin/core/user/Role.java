package io.tocsin.core.user;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/// What an account may do: a viewer only reads, an analyst works on alerts, an administrator does everything.
public enum Role {
    ADMIN,
    ANALYST,
    VIEWER;

    /// The name in the interface and in the database.
    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Role of(String text) {
        return Arrays.stream(values())
                .filter(role -> role.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown role [role=" + text + "]"));
    }
}
