package io.tocsin.correlator.rule;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import org.jspecify.annotations.Nullable;

/// A part of a time in UTC, such as its hour.
public enum TimePart {
    MINUTE,
    HOUR,
    /// Of the month, from 1.
    DAY,
    /// Of the year, as ISO 8601 counts them.
    WEEK,
    /// From 1.
    MONTH,
    YEAR;

    /// Numbers from here on are milliseconds, below seconds: 1973 in milliseconds is 3000 years in
    /// seconds.
    private static final double MILLISECONDS_FROM = 1e11;

    private static final int LONGEST = 40;

    /// True when some time has a part that compares so.
    ///
    /// @param comparison null for equal
    public boolean canBe(Match.@Nullable Comparison comparison, double number) {
        int least = this == MINUTE || this == HOUR ? 0 : 1;
        int most = switch (this) {
            case MINUTE -> 59;
            case HOUR -> 23;
            case DAY -> 31;
            case WEEK -> 53;
            case MONTH -> 12;
            case YEAR -> Integer.MAX_VALUE;
        };
        return switch (comparison) {
            case null -> this == YEAR || (number >= least && number <= most && number == Math.rint(number));
            case LESS, AT_MOST -> this == YEAR || comparison.holds(least, number);
            case GREATER, AT_LEAST -> comparison.holds(most, number);
        };
    }

    /// The part called so in Sigma (`hour`), or null.
    public static @Nullable TimePart parse(String name) {
        for (TimePart part : values()) {
            if (part.name().equalsIgnoreCase(name)) {
                return part;
            }
        }
        return null;
    }

    /// This part of a time that is written as ISO 8601 (with a `T` or a blank; UTC without a zone), or as seconds
    /// or milliseconds since 1970; NaN for anything else.
    public double of(byte[] bytes, int offset, int length) {
        if (length == 0 || length > LONGEST) {
            return Double.NaN;
        }
        long seconds = plainNumber(bytes, offset, length);
        if (seconds == Long.MIN_VALUE) {
            seconds = iso(bytes, offset, length);
        }
        if (seconds == Long.MIN_VALUE) {
            return Double.NaN;
        }
        OffsetDateTime time = Instant.ofEpochSecond(seconds).atOffset(ZoneOffset.UTC);
        return switch (this) {
            case MINUTE -> time.getMinute();
            case HOUR -> time.getHour();
            case DAY -> time.getDayOfMonth();
            case WEEK -> time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
            case MONTH -> time.getMonthValue();
            case YEAR -> time.getYear();
        };
    }

    private static long plainNumber(byte[] bytes, int offset, int length) {
        double value = 0;
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] == '.' && i > offset) {
                break;
            }
            if (bytes[i] < '0' || bytes[i] > '9') {
                return Long.MIN_VALUE;
            }
            value = value * 10 + bytes[i] - '0';
        }
        double seconds = value >= MILLISECONDS_FROM ? value / 1000 : value;
        return seconds > Instant.MAX.getEpochSecond() ? Long.MIN_VALUE : (long) seconds;
    }

    private static long iso(byte[] bytes, int offset, int length) {
        int year = digits(bytes, offset, length, 0, 4);
        int month = digits(bytes, offset, length, 5, 2);
        int day = digits(bytes, offset, length, 8, 2);
        if (year < 0
                || !ChronoField.MONTH_OF_YEAR.range().isValidValue(month)
                || day < 1
                || day > LocalDate.of(year, month, 1).lengthOfMonth()
                || bytes[offset + 4] != '-'
                || bytes[offset + 7] != '-') {
            return Long.MIN_VALUE;
        }
        long seconds = LocalDate.of(year, month, day).toEpochDay() * 86_400;
        if (length == 10) {
            return seconds;
        }
        int hour = digits(bytes, offset, length, 11, 2);
        int minute = digits(bytes, offset, length, 14, 2);
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
            return Long.MIN_VALUE;
        }
        seconds += hour * 3600L + minute * 60L;
        int at = 16;
        while (at < length && bytes[offset + at] != 'Z' && bytes[offset + at] != '+' && bytes[offset + at] != '-') {
            at++;
        }
        if (at < length && bytes[offset + at] != 'Z') {
            int zoneHour = digits(bytes, offset, length, at + 1, 2);
            boolean colon = at + 3 < length && bytes[offset + at + 3] == ':';
            int zoneMinute = Math.max(0, digits(bytes, offset, length, at + (colon ? 4 : 3), 2));
            if (zoneHour < 0) {
                return Long.MIN_VALUE;
            }
            long shift = zoneHour * 3600L + zoneMinute * 60L;
            seconds += bytes[offset + at] == '+' ? -shift : shift;
        }
        return seconds;
    }

    private static int digits(byte[] bytes, int offset, int length, int at, int count) {
        if (at + count > length) {
            return -1;
        }
        int value = 0;
        for (int i = offset + at; i < offset + at + count; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return -1;
            }
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }
}
