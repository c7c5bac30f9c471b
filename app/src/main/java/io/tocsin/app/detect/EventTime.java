package io.tocsin.app.detect;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// When an event of a file happened, from what it says of itself.
final class EventTime {
    /// Keys that hold it, the best first.
    private static final List<String> KEYS =
            List.of("Timestamp", "@timestamp", "TimeCreated", "UtcTime", "timestamp", "time");

    private static final DateTimeFormatter LOCAL = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd")
            .appendLiteral(' ')
            .appendPattern("HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .toFormatter(Locale.ROOT);

    /// Numbers from here on are milliseconds, below seconds: 1973 in milliseconds is 3000 years in seconds.
    private static final double MILLISECONDS_FROM = 1e11;

    /// Length of `2026-11-22T10:00:00`.
    private static final int DATE_AND_TIME = 19;

    private EventTime() {}

    /// Milliseconds since the epoch, or -1 when the event does not say.
    static long millis(Map<String, String> values) {
        for (String key : KEYS) {
            String text = values.get(key);
            if (text != null) {
                long millis = parse(text.strip());
                if (millis >= 0) {
                    return millis;
                }
            }
        }
        return -1;
    }

    static long parse(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        try {
            if (text.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.')) {
                double number = Double.parseDouble(text);
                return (long) (number >= MILLISECONDS_FROM ? number : number * 1000);
            }
            String spaced = text.replace('T', ' ');
            if (text.endsWith("Z")) {
                return Instant.parse(text.replace(' ', 'T')).toEpochMilli();
            }
            if (spaced.length() > DATE_AND_TIME
                    && Math.max(spaced.lastIndexOf('+'), spaced.lastIndexOf('-')) >= DATE_AND_TIME) {
                return OffsetDateTime.parse(text.replace(' ', 'T')).toInstant().toEpochMilli();
            }
            return LocalDateTime.parse(spaced, LOCAL).toInstant(ZoneOffset.UTC).toEpochMilli();
        } catch (DateTimeParseException | NumberFormatException e) {
            return -1;
        }
    }
}
