package io.tocsin.expression;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// Reads numbers from text: an optional minus sign, digits, optionally a point and digits. Up to 18 digits without
/// a point are an exact integer, everything else a 64-bit fraction.
///
/// Thread-safety: one thread; a reader is reused.
final class NumberText {
    private static final double[] POWERS = powers();

    private boolean integer;
    private long integerValue;
    private double realValue;

    /// Reads a number; returns false and leaves the values undefined when the text is none.
    boolean read(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int i = offset;
        boolean negative = i < end && bytes[i] == '-';
        if (negative) {
            i++;
        }
        int firstDigit = i;
        long mantissa = 0;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
            mantissa = mantissa * 10 + bytes[i] - '0';
            i++;
        }
        int digits = i - firstDigit;
        if (digits == 0) {
            return false;
        }
        int fraction = 0;
        if (i < end && bytes[i] == '.') {
            int point = i++;
            while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
                mantissa = mantissa * 10 + bytes[i] - '0';
                i++;
            }
            fraction = i - point - 1;
            if (fraction == 0) {
                return false;
            }
        }
        if (i < end || length > 400) {
            return false;
        }
        integer = fraction == 0 && digits <= 18;
        if (integer) {
            integerValue = negative ? -mantissa : mantissa;
            realValue = integerValue;
        } else if (digits + fraction <= 15) {
            // Both are exact, so the quotient is the correctly rounded value.
            double value = mantissa / POWERS[fraction];
            realValue = negative ? -value : value;
        } else {
            realValue = Double.parseDouble(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
        }
        return true;
    }

    void set(long value) {
        integer = true;
        integerValue = value;
        realValue = value;
    }

    void set(double value) {
        integer = false;
        realValue = value;
    }

    boolean isInteger() {
        return integer;
    }

    long integerValue() {
        return integerValue;
    }

    double realValue() {
        return realValue;
    }

    /// Negative, zero or positive as this number is less than, equal to or greater than the other; integers
    /// exactly.
    int compareTo(NumberText other) {
        if (integer && other.integer) {
            return Long.compare(integerValue, other.integerValue);
        }
        return realValue < other.realValue ? -1 : realValue > other.realValue ? 1 : 0;
    }

    /// The number that a constant means, or null.
    static @Nullable NumberText of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        NumberText number = new NumberText();
        return number.read(bytes, 0, bytes.length) ? number : null;
    }

    /// Milliseconds since the epoch that a constant means, or null: a number, `2026-01-31T12:00:00Z` with any
    /// offset, or a date, which is its midnight in UTC.
    static @Nullable NumberText ofTime(String text) {
        NumberText number = of(text);
        if (number != null) {
            return number;
        }
        try {
            Instant instant = text.indexOf('T') > 0
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            NumberText time = new NumberText();
            time.set(instant.toEpochMilli());
            return time;
        } catch (DateTimeException | ArithmeticException e) {
            return null;
        }
    }

    private static double[] powers() {
        double[] powers = new double[16];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = powers[i - 1] * 10;
        }
        return powers;
    }
}
