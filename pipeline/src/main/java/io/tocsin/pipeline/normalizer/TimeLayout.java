package io.tocsin.pipeline.normalizer;

import java.util.ArrayList;
import java.util.List;

/// A layout of times that a normalizer declares because none of the common ones fits. Letters as in `java.time`:
/// `yyyy yy MMM MM M dd d HH H hh h mm ss S a EEE Z`, text in single quotes stands for itself, so does everything
/// that is no letter; or one of `epochSeconds`, `epochMillis`, `epochMicros`, `epochNanos`. Immutable.
final class TimeLayout {
    private static final long DAY_MILLIS = 86_400_000L;

    /// What one part of a layout stands for.
    private enum Kind {
        YEAR,
        SHORT_YEAR,
        MONTH,
        MONTH_NAME,
        DAY,
        HOUR,
        HALF_HOUR,
        MINUTE,
        SECOND,
        FRACTION,
        HALF,
        WEEKDAY,
        ZONE,
        LITERAL,
        EPOCH
    }

    /// @param width digits of a number that always has that many, 0 when one or two are fine; divisor exponent for
    /// epochs
    private record Part(Kind kind, int width, String literal) {}

    private final List<Part> parts;

    private TimeLayout(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /// @throws IllegalArgumentException when the pattern holds a letter that means nothing, or no time at all
    static TimeLayout parse(String pattern) {
        int epoch = switch (pattern) {
            case "epochSeconds" -> 0;
            case "epochMillis" -> 3;
            case "epochMicros" -> 6;
            case "epochNanos" -> 9;
            default -> -1;
        };
        if (epoch >= 0) {
            return new TimeLayout(List.of(new Part(Kind.EPOCH, epoch, "")));
        }
        List<Part> parts = new ArrayList<>();
        int i = 0;
        while (i < pattern.length()) {
            char letter = pattern.charAt(i);
            int run = i;
            while (run < pattern.length() && pattern.charAt(run) == letter) {
                run++;
            }
            if (letter == '\'') {
                int close = pattern.indexOf('\'', i + 1);
                if (close < 0) {
                    throw new IllegalArgumentException("the quote is not closed [layout=" + pattern + "]");
                }
                parts.add(new Part(Kind.LITERAL, 0, close == i + 1 ? "'" : pattern.substring(i + 1, close)));
                i = close + 1;
            } else if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) {
                parts.add(part(pattern, letter, run - i));
                i = run;
            } else {
                parts.add(new Part(Kind.LITERAL, 0, pattern.substring(i, run)));
                i = run;
            }
        }
        boolean dated = parts.stream().anyMatch(part -> part.kind == Kind.DAY)
                && parts.stream().anyMatch(part -> part.kind == Kind.MONTH || part.kind == Kind.MONTH_NAME);
        if (!dated) {
            throw new IllegalArgumentException("a layout needs at least month and day [layout=" + pattern + "]");
        }
        return new TimeLayout(parts);
    }

    private static Part part(String pattern, char letter, int count) {
        return switch (letter) {
            case 'y', 'u' -> count == 2 ? new Part(Kind.SHORT_YEAR, 2, "") : new Part(Kind.YEAR, 4, "");
            case 'M', 'L' -> count >= 3 ? new Part(Kind.MONTH_NAME, 0, "") : new Part(Kind.MONTH, width(count), "");
            case 'd' -> new Part(Kind.DAY, width(count), "");
            case 'H', 'k' -> new Part(Kind.HOUR, width(count), "");
            case 'h', 'K' -> new Part(Kind.HALF_HOUR, width(count), "");
            case 'm' -> new Part(Kind.MINUTE, width(count), "");
            case 's' -> new Part(Kind.SECOND, width(count), "");
            case 'S' -> new Part(Kind.FRACTION, 0, "");
            case 'a' -> new Part(Kind.HALF, 0, "");
            case 'E' -> new Part(Kind.WEEKDAY, 0, "");
            case 'Z', 'X', 'x', 'z', 'O' -> new Part(Kind.ZONE, 0, "");
            default ->
                throw new IllegalArgumentException("the letter means nothing in a layout [letter=" + letter
                        + ", layout=" + pattern + "]; put text in single quotes");
        };
    }

    private static int width(int count) {
        return count == 1 ? 0 : count;
    }

    /// Reads a time that fills the range.
    ///
    /// @return milliseconds since the epoch, or [TimeReader#NONE]
    long read(byte[] bytes, int from, int to, long referenceMillis, SiteClock site) {
        int year = -1;
        int month = 1;
        int day = 1;
        int hour = 0;
        int minute = 0;
        int second = 0;
        long fraction = 0;
        boolean afternoon = false;
        long zone = TimeReader.NONE;
        int at = from;
        for (int p = 0; p < parts.size(); p++) {
            Part part = parts.get(p);
            int start = at;
            switch (part.kind) {
                case YEAR -> {
                    year = ByteScan.number(bytes, at, to, 4);
                    at += ByteScan.digits(bytes, at, to, 4);
                }
                case SHORT_YEAR -> {
                    year = 2000 + ByteScan.number(bytes, at, to, 2);
                    at += ByteScan.digits(bytes, at, to, 2);
                }
                case MONTH -> {
                    at = padded(bytes, at, to);
                    month = ByteScan.number(bytes, at, to, 2);
                    at += ByteScan.digits(bytes, at, to, 2);
                }
                case MONTH_NAME -> {
                    month = TimeReader.month(bytes, at, to);
                    at = letters(bytes, at, to);
                }
                case DAY -> {
                    at = padded(bytes, at, to);
                    day = ByteScan.number(bytes, at, to, 2);
                    at += ByteScan.digits(bytes, at, to, 2);
                }
                case HOUR, HALF_HOUR -> {
                    at = padded(bytes, at, to);
                    hour = ByteScan.number(bytes, at, to, 2);
                    at += ByteScan.digits(bytes, at, to, 2);
                    if (part.kind == Kind.HALF_HOUR) {
                        hour %= 12;
                    }
                }
                case MINUTE -> {
                    minute = ByteScan.number(bytes, at, to, 2);
                    at += ByteScan.digits(bytes, at, to, 2);
                }
                case SECOND -> {
                    second = ByteScan.number(bytes, at, to, 2);
                    at += ByteScan.digits(bytes, at, to, 2);
                }
                case FRACTION -> {
                    int digits = ByteScan.digits(bytes, at, to, 12);
                    fraction = TimeReader.fractionMillis(bytes, at, digits);
                    at += digits;
                }
                case HALF -> {
                    afternoon = at < to && (bytes[at] | 0x20) == 'p';
                    at = letters(bytes, at, to);
                }
                case WEEKDAY -> at = letters(bytes, at, to);
                case ZONE -> {
                    zone = TimeZones.offset(bytes, at, to);
                    at += TimeZones.length(bytes, at, to);
                }
                case LITERAL -> {
                    for (int i = 0; i < part.literal.length(); i++) {
                        if (at >= to || bytes[at] != (byte) part.literal.charAt(i)) {
                            return TimeReader.NONE;
                        }
                        at++;
                    }
                }
                case EPOCH -> {
                    return epoch(bytes, from, to, part.width);
                }
            }
            if (at == start && part.kind != Kind.LITERAL) {
                return TimeReader.NONE;
            }
        }
        if (at != to || hour > 23 || minute > 59 || second > 60 || (hour | minute | second) < 0) {
            return TimeReader.NONE;
        }
        long millisOfDay = (((hour + (afternoon ? 12 : 0)) * 60L + minute) * 60 + second) * 1000 + fraction;
        if (year < 0) {
            return site.nearest(month, day, millisOfDay, referenceMillis);
        }
        if (!SiteClock.isDate(year, month, day)) {
            return TimeReader.NONE;
        }
        long local = SiteClock.epochDay(year, month, day) * DAY_MILLIS + millisOfDay;
        return zone == TimeReader.NONE ? site.toInstant(local) : local - zone;
    }

    private static int padded(byte[] bytes, int at, int to) {
        return at < to && bytes[at] == ' ' ? at + 1 : at;
    }

    private static int letters(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && ByteScan.isLetter(bytes[at])) {
            at++;
        }
        return at;
    }

    private static long epoch(byte[] bytes, int from, int to, int exponent) {
        int dot = ByteScan.indexOf(bytes, from, to, '.');
        long whole = ByteScan.integer(bytes, from, dot);
        if (whole == ByteScan.NO_NUMBER || Math.abs(whole) > Long.MAX_VALUE / 1000) {
            return exponent == 0 || whole == ByteScan.NO_NUMBER ? TimeReader.NONE : whole / scale(exponent);
        }
        if (exponent > 0) {
            return dot == to ? whole / scale(exponent) : TimeReader.NONE;
        }
        int digits = dot < to ? ByteScan.digits(bytes, dot + 1, to, 12) : 0;
        if (dot < to && dot + 1 + digits != to) {
            return TimeReader.NONE;
        }
        return whole * 1000 + (digits == 0 ? 0 : TimeReader.fractionMillis(bytes, dot + 1, digits));
    }

    private static long scale(int exponent) {
        return exponent == 3 ? 1 : exponent == 6 ? 1000 : 1_000_000;
    }
}
