package io.tocsin.pipeline.normalizer;

import java.util.Map;

/// Zones as sources write them behind a time: `Z`, `+01:00`, `-0500`, `+3` and the few abbreviations that mean one
/// thing in practice. Immutable.
final class TimeZones {
    private static final long HOUR_MILLIS = 3_600_000L;

    /// North American meaning for the letters that several countries share.
    private static final KeyTable<Long> NAMES = new KeyTable<>(Map.ofEntries(
            zone("Z", 0),
            zone("UTC", 0),
            zone("GMT", 0),
            zone("WET", 0),
            zone("WEST", 60),
            zone("BST", 60),
            zone("CET", 60),
            zone("CEST", 120),
            zone("EET", 120),
            zone("EEST", 180),
            zone("MSK", 180),
            zone("IST", 330),
            zone("SGT", 480),
            zone("HKT", 480),
            zone("AWST", 480),
            zone("JST", 540),
            zone("KST", 540),
            zone("AEST", 600),
            zone("AEDT", 660),
            zone("NZST", 720),
            zone("NZDT", 780),
            zone("BRT", -180),
            zone("AST", -240),
            zone("EDT", -240),
            zone("EST", -300),
            zone("CDT", -300),
            zone("CST", -360),
            zone("MDT", -360),
            zone("MST", -420),
            zone("PDT", -420),
            zone("PST", -480),
            zone("AKDT", -480),
            zone("AKST", -540),
            zone("HST", -600)));

    private TimeZones() {}

    private static Map.Entry<String, Long> zone(String name, int minutes) {
        return Map.entry(name, minutes * 60_000L);
    }

    /// Offset from UTC in milliseconds of the zone at `from`, or [TimeReader#NONE] when none begins there.
    static long offset(byte[] bytes, int from, int to) {
        int length = length(bytes, from, to);
        if (length == 0) {
            return TimeReader.NONE;
        }
        byte first = bytes[from];
        if (first != '+' && first != '-') {
            if (length == 1) {
                return 0;
            }
            Long known = NAMES.find(bytes, from, length);
            return known == null ? TimeReader.NONE : known;
        }
        int digits = ByteScan.digits(bytes, from + 1, to, 4);
        long offset;
        if (digits == 4) {
            offset = TimeReader.two(bytes, from + 1) * HOUR_MILLIS + TimeReader.two(bytes, from + 3) * 60_000L;
        } else {
            offset = ByteScan.number(bytes, from + 1, to, 2) * HOUR_MILLIS;
            if (length > digits + 1) {
                offset += TimeReader.two(bytes, from + digits + 2) * 60_000L;
            }
        }
        if (offset > 18 * HOUR_MILLIS) {
            return TimeReader.NONE;
        }
        return first == '-' ? -offset : offset;
    }

    /// Number of bytes of the zone at `from`; 0 when none begins there.
    static int length(byte[] bytes, int from, int to) {
        if (from >= to) {
            return 0;
        }
        byte first = bytes[from];
        if (first == '+' || first == '-') {
            int digits = ByteScan.digits(bytes, from + 1, to, 4);
            if (digits == 0 || digits == 3) {
                return 0;
            }
            boolean minutes = digits <= 2
                    && from + digits + 3 < to
                    && bytes[from + 1 + digits] == ':'
                    && TimeReader.two(bytes, from + digits + 2) >= 0;
            return minutes ? digits + 4 : digits + 1;
        }
        if (first == 'z') {
            return endsWord(bytes, from + 1, to) ? 1 : 0;
        }
        int i = from;
        while (i < to && i - from < 5 && bytes[i] >= 'A' && bytes[i] <= 'Z') {
            i++;
        }
        boolean known = i > from && endsWord(bytes, i, to) && NAMES.find(bytes, from, i - from) != null;
        return known ? i - from : 0;
    }

    private static boolean endsWord(byte[] bytes, int at, int to) {
        return at >= to || (!ByteScan.isLetter(bytes[at]) && !ByteScan.isDigit(bytes[at]) && bytes[at] != '-');
    }
}
