package io.tocsin.core.http;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/// A point in time as clients write it: epoch milliseconds or ISO 8601 with zone.
public record TimeText(long epochMillis) {
    /// Year 9999: later ones are a mistake of units.
    private static final long MAX_EPOCH_MILLIS = 253_402_300_799_999L;

    public TimeText {
        if (epochMillis < 0 || epochMillis > MAX_EPOCH_MILLIS) {
            throw new IllegalArgumentException("time is out of range [epochMillis=" + epochMillis + "]");
        }
    }

    /// From JSON: a number or a text.
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static TimeText of(Object value) {
        return switch (value) {
            case Integer number -> new TimeText(number);
            case Long number -> new TimeText(number);
            case String text -> read(text);
            default -> throw new IllegalArgumentException("time must be a whole number or a text");
        };
    }

    /// From a query parameter called `name`; null when it is absent.
    public static @Nullable Long parse(String name, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return read(text).epochMillis;
        } catch (IllegalArgumentException _) {
            throw ApiException.invalid(name, "must be epoch milliseconds or ISO 8601 with zone");
        }
    }

    private static TimeText read(String text) {
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return new TimeText(Long.parseLong(text));
        }
        try {
            return new TimeText(OffsetDateTime.parse(text).toInstant().toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("time is not ISO 8601 with zone [text=" + text + "]", e);
        }
    }
}
