package io.tocsin.pipeline.normalizer;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.Arrays;

/// Makes instants of what clocks on walls say: dates without a year, times without a zone. Time of an hour that
/// exists twice (summer time ends) is taken as its first pass; time of an hour that does not exist is moved on by
/// the gap.
///
/// Thread-safety: one thread (holds the last answers).
final class SiteClock {
    private static final long DAY_MILLIS = 86_400_000L;
    private static final long QUARTER_SECONDS = 900;

    private final ZoneRules rules;
    private final boolean fixed;
    private static final long UNKNOWN = Long.MIN_VALUE;

    private long cachedQuarter = Long.MIN_VALUE;
    private long cachedOffsetMillis;

    private long cachedReferenceDay = Long.MIN_VALUE;
    /// Beginning of each day near the reference, by month and day; what was not asked for yet is [#UNKNOWN].
    private final long[] cachedDays = new long[13 << 5];

    SiteClock(ZoneId zone) {
        rules = zone.getRules();
        fixed = rules.isFixedOffset();
        if (fixed) {
            cachedOffsetMillis = rules.getOffset(Instant.EPOCH).getTotalSeconds() * 1000L;
        }
    }

    /// The instant at which clocks of the site show `localMillis` (milliseconds since 1970-01-01T00:00 on the wall).
    long toInstant(long localMillis) {
        if (fixed) {
            return localMillis - cachedOffsetMillis;
        }
        // Offsets change on quarters of an hour at most.
        long seconds = Math.floorDiv(localMillis, 1000);
        long quarter = Math.floorDiv(seconds, QUARTER_SECONDS);
        if (quarter != cachedQuarter) {
            ZoneOffset offset =
                    rules.getOffset(LocalDateTime.ofEpochSecond(quarter * QUARTER_SECONDS, 0, ZoneOffset.UTC));
            cachedOffsetMillis = offset.getTotalSeconds() * 1000L;
            cachedQuarter = quarter;
        }
        return localMillis - cachedOffsetMillis;
    }

    /// The instant of a date without a year: that of the year which brings it nearest to the reference time.
    ///
    /// @param month from 1
    /// @param referenceMillis when the text was received, milliseconds since the epoch
    /// @return milliseconds since the epoch, or [TimeReader#NONE] when there is no such day near the reference
    long nearest(int month, int day, long millisOfDay, long referenceMillis) {
        if (month < 1 || month > 12 || day < 1 || day > 31) {
            return TimeReader.NONE;
        }
        long referenceDay = Math.floorDiv(referenceMillis, DAY_MILLIS);
        if (referenceDay != cachedReferenceDay) {
            cachedReferenceDay = referenceDay;
            Arrays.fill(cachedDays, UNKNOWN);
        }
        int monthDay = month << 5 | day;
        long dayMillis = cachedDays[monthDay];
        if (dayMillis == UNKNOWN) {
            long epochDay = nearestDay(month, day, referenceDay);
            if (epochDay == Long.MIN_VALUE) {
                return TimeReader.NONE;
            }
            dayMillis = epochDay * DAY_MILLIS;
            cachedDays[monthDay] = dayMillis;
        }
        return toInstant(dayMillis + millisOfDay);
    }

    private static long nearestDay(int month, int day, long referenceDay) {
        int year = (int) Math.floorDiv(referenceDay * 400, 146_097L) + 1970;
        long best = Long.MIN_VALUE;
        for (int candidate = year - 2; candidate <= year + 2; candidate++) {
            if (isDate(candidate, month, day)) {
                long epochDay = epochDay(candidate, month, day);
                if (best == Long.MIN_VALUE || Math.abs(epochDay - referenceDay) < Math.abs(best - referenceDay)) {
                    best = epochDay;
                }
            }
        }
        return best;
    }

    static boolean isDate(int year, int month, int day) {
        if (month < 1 || month > 12 || day < 1 || day > 31) {
            return false;
        }
        return day <= 28 || day <= lengthOfMonth(year, month);
    }

    private static int lengthOfMonth(int year, int month) {
        return switch (month) {
            case 2 -> (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar (years counted from March, so that leap days come
    /// last).
    static long epochDay(int year, int month, int day) {
        long y = month <= 2 ? year - 1L : year;
        long era = Math.floorDiv(y, 400L);
        long yearOfEra = y - era * 400;
        long dayOfYear = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        long dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * 146_097 + dayOfEra - 719_468;
    }
}
