package io.tocsin.core.alert;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Someone or something that an alert is about.
public record Entity(Kind kind, String value) {
    /// What an entity is.
    public enum Kind {
        @JsonProperty("user")
        USER,
        @JsonProperty("host")
        HOST,
        @JsonProperty("address")
        ADDRESS
    }
}
