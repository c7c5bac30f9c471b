package io.tocsin.pipeline.normalizer;

import java.time.ZoneId;
import java.util.List;

/// Reads the times that sources write: epoch numbers, ISO 8601 and its relatives, syslog, web server and mail
/// layouts, and layouts that a normalizer declares ([TimeLayout]).
///
/// A time without a zone is the wall clock of the site; one without a year gets the year nearest to the reference.
///
/// Thread-safety: one thread. The result of a read stays in the object ([#millis()], [#end()]).
final class TimeReader {
    /// No time.
    static final long NONE = Long.MIN_VALUE;

    private static final long DAY_MILLIS = 86_400_000L;

    private final SiteClock site;
    private final List<TimeLayout> declared;

    private byte[] bytes = new byte[0];
    private int at;
    private int to;
    private long referenceMillis;
    private long millis;

    private int year;
    private int month;
    private int day;
    private long millisOfDay;

    TimeReader(ZoneId site, List<TimeLayout> declared) {
        this.site = new SiteClock(site);
        this.declared = List.copyOf(declared);
    }

    SiteClock site() {
        return site;
    }

    /// What the last successful read found, milliseconds since the epoch.
    long millis() {
        return millis;
    }

    /// Where the last successful read ended.
    int end() {
        return at;
    }

    /// Reads a time that fills the whole range.
    ///
    /// @return milliseconds since the epoch, or [#NONE]
    long read(byte[] text, int from, int end, long reference) {
        for (TimeLayout layout : declared) {
            long found = layout.read(text, from, end, reference, site);
            if (found != NONE) {
                return found;
            }
        }
        int start = ByteScan.skipSpaces(text, from, end);
        int stop = ByteScan.trimEnd(text, start, end);
        if (stop - start >= 2 && (text[start] == '"' || text[start] == '[')) {
            start++;
            stop--;
        }
        if (stop - start < 8 || stop - start > 48) {
            return NONE;
        }
        byte first = text[start];
        if (ByteScan.isDigit(first)) {
            int digits = ByteScan.digits(text, start, stop, 20);
            if (start + digits == stop || (digits >= 9 && text[start + digits] == '.')) {
                return number(text, start, stop, digits);
            }
            if (digits == 4 && readIso(text, start, stop) && at == stop) {
                return millis;
            }
            open(text, start, stop, reference);
            boolean found = digits <= 2 ? dayFirst() : digits == 8 && compact();
            return found && at == stop ? millis : NONE;
        }
        if (ByteScan.isLetter(first)) {
            open(text, start, stop, reference);
            return nameFirst() && at == stop ? millis : NONE;
        }
        return NONE;
    }

    /// Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by size; or yyyyMMddHHmmss.
    private static long number(byte[] text, int start, int stop, int digits) {
        long whole = ByteScan.integer(text, start, start + digits);
        if (whole == ByteScan.NO_NUMBER) {
            return NONE;
        }
        if (start + digits < stop) {
            int fraction = ByteScan.digits(text, start + digits + 1, stop, 12);
            if (digits > 11 || start + digits + 1 + fraction != stop) {
                return NONE;
            }
            return whole * 1000 + fractionMillis(text, start + digits + 1, fraction);
        }
        if (digits == 14 && text[start] <= '2') {
            int year = (int) (whole / 10_000_000_000L);
            int month = (int) (whole / 100_000_000L % 100);
            int day = (int) (whole / 1_000_000L % 100);
            int second = (int) (whole % 100);
            int minute = (int) (whole / 100 % 100);
            int hour = (int) (whole / 10_000 % 100);
            if (year >= 1970 && SiteClock.isDate(year, month, day) && hour < 24 && minute < 60 && second < 60) {
                return SiteClock.epochDay(year, month, day) * DAY_MILLIS + ((hour * 60L + minute) * 60 + second) * 1000;
            }
        }
        return switch (digits) {
            case 9, 10, 11 -> whole * 1000;
            case 12, 13, 14 -> whole;
            case 15, 16, 17 -> whole / 1000;
            case 18, 19 -> whole / 1_000_000;
            default -> NONE;
        };
    }

    static long fractionMillis(byte[] text, int from, int digits) {
        long value = 0;
        for (int i = 0; i < 3; i++) {
            value = value * 10 + (i < digits ? text[from + i] - '0' : 0);
        }
        return value;
    }

    /// Reads `yyyy-MM-dd'T'HH:mm:ss[.fraction][zone]` at `from`; lower-case letters, a space for the T, a slash for the
    /// dash, a comma for the dot and a missing zone are accepted.
    boolean readIso(byte[] text, int from, int stop) {
        // 2026-11-22T10:00:00 is the least
        if (stop - from < 19
                || (text[from + 4] != '-' && text[from + 4] != '/')
                || text[from + 7] != text[from + 4]
                || text[from + 13] != ':') {
            return false;
        }
        byte between = text[from + 10];
        if (between != 'T' && between != ' ' && between != 't' && between != '_' && between != '-') {
            return false;
        }
        int foundYear = two(text, from) * 100 + two(text, from + 2);
        int foundMonth = two(text, from + 5);
        int foundDay = two(text, from + 8);
        if (two(text, from) < 0 || two(text, from + 2) < 0 || !SiteClock.isDate(foundYear, foundMonth, foundDay)) {
            return false;
        }
        open(text, from + 11, stop, 0);
        if (!clock()) {
            return false;
        }
        long local = SiteClock.epochDay(foundYear, foundMonth, foundDay) * DAY_MILLIS + millisOfDay;
        if (at < to && bytes[at] == ' ' && at + 1 < to && (bytes[at + 1] == '+' || bytes[at + 1] == 'U')) {
            // "2026-11-22 10:00:00 +0100", "… UTC"
            int mark = at++;
            long zone = TimeZones.offset(bytes, at, to);
            if (zone == NONE) {
                at = mark;
            } else {
                at += TimeZones.length(bytes, at, to);
                millis = local - zone;
                return true;
            }
        } else if (at < to && (bytes[at] == 'Z' || bytes[at] == 'z' || bytes[at] == '+' || bytes[at] == '-')) {
            long zone = TimeZones.offset(bytes, at, to);
            if (zone != NONE) {
                at += TimeZones.length(bytes, at, to);
                millis = local - zone;
                return true;
            }
        }
        millis = site.toInstant(local);
        return true;
    }

    /// Reads `MMM d HH:mm:ss` as of RFC 3164 at `from`, with all that is put around it: padded or single-digit day, the
    /// year before or after the clock, a fraction, a zone, a colon at the end.
    boolean readSyslog(byte[] text, int from, int stop, long reference) {
        if (stop - from < 14) {
            return false;
        }
        int foundMonth = month(text, from, stop);
        if (foundMonth < 0 || text[from + 3] != ' ') {
            return false;
        }
        int i = from + 4;
        if (text[i] == ' ') {
            i++;
        }
        int digits = ByteScan.digits(text, i, stop, 2);
        int foundDay = ByteScan.number(text, i, stop, 2);
        i += digits;
        if (digits == 0 || i >= stop || text[i] != ' ') {
            return false;
        }
        i++;
        // "Nov 22 10:00:00" is by far the most frequent
        if (i + 8 <= stop && text[i + 2] == ':' && text[i + 5] == ':') {
            int hour = two(text, i);
            int minute = two(text, i + 3);
            int second = two(text, i + 6);
            boolean plain = i + 8 == stop || (text[i + 8] == ' ' && !(i + 9 < stop && mayBeYearOrZone(text[i + 9])));
            if (plain && (hour | minute | second) >= 0 && hour < 24 && minute < 60 && second < 61) {
                long found =
                        site.nearest(foundMonth, foundDay, ((hour * 60L + minute) * 60 + second) * 1000, reference);
                if (found == NONE) {
                    return false;
                }
                millis = found;
                at = i + 8;
                return true;
            }
        }
        open(text, i, stop, reference);
        month = foundMonth;
        day = foundDay;
        year = -1;
        if (!afterMonthDay()) {
            return false;
        }
        if (at < to && bytes[at] == ':') {
            at++;
        }
        return true;
    }

    /// Reads `yyyy MMM d HH:mm:ss[.fraction][ zone]` at `from`.
    boolean readYearFirst(byte[] text, int from, int stop) {
        if (stop - from < 19 || ByteScan.digits(text, from, stop, 5) != 4 || text[from + 4] != ' ') {
            return false;
        }
        int foundYear = ByteScan.number(text, from, stop, 4);
        open(text, from + 5, stop, 0);
        month = month(text, at, stop);
        at += 3;
        while (at < to && bytes[at] == ' ') {
            at++;
        }
        int digits = ByteScan.digits(bytes, at, to, 2);
        day = ByteScan.number(bytes, at, to, 2);
        at += digits;
        if (month < 0 || digits == 0 || at >= to || bytes[at] != ' ') {
            return false;
        }
        at++;
        year = foundYear;
        return clock() && zoneAndYear();
    }

    /// Digits may be a year, capital letters a zone, `+` an offset: the slow path looks closer.
    private static boolean mayBeYearOrZone(byte next) {
        return (next >= '1' && next <= '2') || next == '+' || (next >= 'A' && next <= 'Z');
    }

    private void open(byte[] text, int from, int stop, long reference) {
        bytes = text;
        at = from;
        to = stop;
        referenceMillis = reference;
        year = -1;
    }

    /// Reads `[yyyy ]HH:mm:ss[.fraction][ yyyy][ zone][ yyyy]` after month and day.
    private boolean afterMonthDay() {
        if (ByteScan.digits(bytes, at, to, 5) == 4) {
            year = ByteScan.number(bytes, at, to, 4);
            at += 4;
            while (at < to && (bytes[at] == ' ' || bytes[at] == ',')) {
                at++;
            }
        }
        return clock() && zoneAndYear();
    }

    private boolean zoneAndYear() {
        long zone = NONE;
        for (int round = 0; round < 2 && at < to; round++) {
            int next = at;
            if (bytes[next] == ' ') {
                next++;
            }
            if (year < 0 && next > at && isYear(next)) {
                year = ByteScan.number(bytes, next, to, 4);
                at = next + 4;
            } else if (zone == NONE) {
                long found = TimeZones.offset(bytes, next, to);
                if (found == NONE) {
                    break;
                }
                zone = found;
                at = next + TimeZones.length(bytes, next, to);
            }
        }
        if (year >= 0) {
            if (!SiteClock.isDate(year, month, day)) {
                return false;
            }
            long local = SiteClock.epochDay(year, month, day) * DAY_MILLIS + millisOfDay;
            millis = zone == NONE ? site.toInstant(local) : local - zone;
            return true;
        }
        long found = site.nearest(month, day, millisOfDay, referenceMillis);
        if (found == NONE) {
            return false;
        }
        if (zone != NONE) {
            // undo the site's offset: the wall clock is that of the zone
            found = found + wallOffset(found) - zone;
        }
        millis = found;
        return true;
    }

    private long wallOffset(long instant) {
        // The offset is what makes toInstant(instant + offset) the instant again; two rounds settle it.
        long offset = instant - site.toInstant(instant);
        return instant - site.toInstant(instant + offset) + offset;
    }

    private boolean isYear(int from) {
        if (ByteScan.digits(bytes, from, to, 5) != 4) {
            return false;
        }
        int value = ByteScan.number(bytes, from, to, 4);
        int next = from + 4;
        // "2001:db8::1" begins with an address, "2001: text" with a year
        boolean ends =
                next == to || bytes[next] == ' ' || (bytes[next] == ':' && (next + 1 == to || bytes[next + 1] == ' '));
        return ends && value >= 1970 && value < 2200;
    }

    /// Reads `H:mm[:ss[.fraction]][ AM|PM]`.
    private boolean clock() {
        int digits = ByteScan.digits(bytes, at, to, 2);
        int hour = ByteScan.number(bytes, at, to, 2);
        if (digits == 0 || at + digits + 3 > to || bytes[at + digits] != ':') {
            return false;
        }
        int minute = two(bytes, at + digits + 1);
        at += digits + 3;
        int second = 0;
        long fraction = 0;
        if (at + 3 <= to && bytes[at] == ':') {
            second = two(bytes, at + 1);
            at += 3;
            if (at + 1 < to && (bytes[at] == '.' || bytes[at] == ',') && ByteScan.isDigit(bytes[at + 1])) {
                int length = ByteScan.digits(bytes, at + 1, to, 12);
                fraction = fractionMillis(bytes, at + 1, length);
                at += 1 + length;
            }
        }
        if (at + 3 <= to && bytes[at] == ' ' && (bytes[at + 2] | 0x20) == 'm' && hour <= 12) {
            int half = bytes[at + 1] | 0x20;
            if (half == 'a' || half == 'p') {
                hour = hour % 12 + (half == 'p' ? 12 : 0);
                at += 3;
            }
        }
        if (hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
            return false;
        }
        millisOfDay = ((hour * 60L + minute) * 60 + second) * 1000 + fraction;
        return true;
    }

    /// Layouts that begin with a name: `Nov 22 2026 10:00:00`, `Sun Nov 22 10:00:00 2026`, `Sun, 22 Nov 2026 10:00:00
    /// GMT`.
    private boolean nameFirst() {
        if (month(bytes, at, to) < 0) {
            int i = at;
            while (i < to && ByteScan.isLetter(bytes[i])) {
                i++;
            }
            while (i < to && (bytes[i] == ',' || bytes[i] == ' ')) {
                i++;
            }
            at = i;
            if (at < to && ByteScan.isDigit(bytes[at])) {
                return dayFirst();
            }
        }
        month = month(bytes, at, to);
        if (month < 0) {
            return false;
        }
        while (at < to && ByteScan.isLetter(bytes[at])) {
            at++;
        }
        while (at < to && bytes[at] == ' ') {
            at++;
        }
        int digits = ByteScan.digits(bytes, at, to, 2);
        if (digits == 0) {
            return false;
        }
        day = ByteScan.number(bytes, at, to, 2);
        at += digits;
        while (at < to && (bytes[at] == ' ' || bytes[at] == ',')) {
            at++;
        }
        return afterMonthDay();
    }

    /// Layouts that begin with the day or the month as a number: `22/Nov/2026:10:00:00 +0000`, `22 Nov 2026 10:00:00`,
    /// `22.11.2026 10:00:00`, `11/22/2026 10:00:00 AM` (month first unless it cannot be one).
    private boolean dayFirst() {
        int digits = ByteScan.digits(bytes, at, to, 2);
        int first = ByteScan.number(bytes, at, to, 2);
        at += digits;
        if (digits == 0 || at + 1 >= to) {
            return false;
        }
        byte separator = bytes[at++];
        if (separator != '/' && separator != ' ' && separator != '-' && separator != '.') {
            return false;
        }
        day = first;
        month = month(bytes, at, to);
        if (month >= 0) {
            while (at < to && ByteScan.isLetter(bytes[at])) {
                at++;
            }
        } else {
            int more = ByteScan.digits(bytes, at, to, 2);
            month = ByteScan.number(bytes, at, to, 2);
            at += more;
            if (more == 0) {
                return false;
            }
            if (separator == '/' && first <= 12) {
                day = month;
                month = first;
            }
        }
        if (at + 5 > to || bytes[at] != separator || ByteScan.digits(bytes, at + 1, to, 5) != 4) {
            return false;
        }
        year = ByteScan.number(bytes, at + 1, to, 4);
        at += 5;
        if (at == to) {
            millisOfDay = 0;
            return zoneAndYear();
        }
        if (bytes[at] != ' ' && bytes[at] != ':' && bytes[at] != ',' && bytes[at] != 'T') {
            return false;
        }
        at++;
        while (at < to && bytes[at] == ' ') {
            at++;
        }
        return clock() && zoneAndYear();
    }

    /// `20261122T100000[zone]`.
    private boolean compact() {
        if (to - at < 15
                || (bytes[at + 8] != 'T' && bytes[at + 8] != ' ')
                || ByteScan.digits(bytes, at + 9, to, 6) != 6) {
            return false;
        }
        year = ByteScan.number(bytes, at, to, 4);
        month = two(bytes, at + 4);
        day = two(bytes, at + 6);
        int hour = two(bytes, at + 9);
        int minute = two(bytes, at + 11);
        int second = two(bytes, at + 13);
        if (hour > 23 || minute > 59 || second > 60) {
            return false;
        }
        millisOfDay = ((hour * 60L + minute) * 60 + second) * 1000;
        at += 15;
        return zoneAndYear();
    }

    /// Two digits as a number, negative when they are none.
    static int two(byte[] text, int from) {
        int high = text[from] - '0';
        int low = text[from + 1] - '0';
        return (high | low | 9 - high | 9 - low) < 0 ? -1 : high * 10 + low;
    }

    /// The month whose English name begins at `from` (at least three letters, any case), from 1; or -1.
    static int month(byte[] text, int from, int stop) {
        if (stop - from < 3) {
            return -1;
        }
        return switch ((text[from] | 0x20) << 16 | (text[from + 1] | 0x20) << 8 | (text[from + 2] | 0x20)) {
            case 'j' << 16 | 'a' << 8 | 'n' -> 1;
            case 'f' << 16 | 'e' << 8 | 'b' -> 2;
            case 'm' << 16 | 'a' << 8 | 'r' -> 3;
            case 'a' << 16 | 'p' << 8 | 'r' -> 4;
            case 'm' << 16 | 'a' << 8 | 'y' -> 5;
            case 'j' << 16 | 'u' << 8 | 'n' -> 6;
            case 'j' << 16 | 'u' << 8 | 'l' -> 7;
            case 'a' << 16 | 'u' << 8 | 'g' -> 8;
            case 's' << 16 | 'e' << 8 | 'p' -> 9;
            case 'o' << 16 | 'c' << 8 | 't' -> 10;
            case 'n' << 16 | 'o' << 8 | 'v' -> 11;
            case 'd' << 16 | 'e' << 8 | 'c' -> 12;
            default -> -1;
        };
    }
}
