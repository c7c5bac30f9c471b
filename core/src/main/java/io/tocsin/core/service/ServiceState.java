package io.tocsin.core.service;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One service of the installation and its figures now.
///
/// @param since epoch ms since when it has been in this status
/// @param address where it listens, as people write it; null when it does not listen
/// @param eventsPerSecond over the last seconds
/// @param bufferBytes bytes on disk that wait for a receiver
/// @param bufferEvents events that wait for a receiver
/// @param oldestAgeMillis age of the oldest of them, 0 when none waits
/// @param detail what is wrong or worth knowing, null when nothing
public record ServiceState(
        String id,
        String name,
        Kind kind,
        Status status,
        long since,
        @Nullable String address,
        String version,
        double eventsPerSecond,
        long bufferBytes,
        long bufferEvents,
        long oldestAgeMillis,
        @Nullable String detail) {
    /// What a service does.
    public enum Kind {
        CORE,
        COLLECTOR,
        CORRELATOR,
        STORAGE,
        DESTINATION;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How a service is.
    public enum Status {
        UP,
        DOWN,
        STARTING;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
