package io.tocsin.app.command;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Times as people type them: `now`, `now-15m`, `2026-11-22`, `2026-11-22T10:00:00Z`, or epoch milliseconds.
final class TimeOption {
    private static final Pattern RELATIVE = Pattern.compile("now(?:-(\\d{1,9})([smhdw]))?");

    private TimeOption() {}

    /// Milliseconds since the epoch.
    static long parse(String text, InstantSource clock) {
        String value = text.strip().toLowerCase(Locale.ROOT);
        Matcher relative = RELATIVE.matcher(value);
        if (relative.matches()) {
            Instant now = clock.instant();
            String amount = relative.group(1);
            return amount == null
                    ? now.toEpochMilli()
                    : now.minus(unit(relative.group(2)).multipliedBy(Long.parseLong(amount)))
                            .toEpochMilli();
        }
        try {
            if (value.matches("\\d{10,14}")) {
                return Long.parseLong(value);
            }
            if (value.matches("\\d{4}-\\d{2}-\\d{2}")) {
                return LocalDate.parse(value)
                        .atStartOfDay(ZoneOffset.UTC)
                        .toInstant()
                        .toEpochMilli();
            }
            return OffsetDateTime.parse(text.strip()).toInstant().toEpochMilli();
        } catch (DateTimeParseException e) {
            throw CommandException.usage("cannot read the time [value=" + text
                    + "]: use now, now-15m, 2026-11-22, 2026-11-22T10:00:00Z or epoch milliseconds");
        }
    }

    private static Duration unit(String letter) {
        return switch (letter) {
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            case "d" -> Duration.ofDays(1);
            default -> Duration.ofDays(7);
        };
    }
}
