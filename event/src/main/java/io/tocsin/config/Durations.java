package io.tocsin.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Durations as people write them: `250ms`, `30s`, `1h30m`, `7d`.
public final class Durations {
    private static final long[] UNIT_NANOS = {
        86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L, 1L
    };
    private static final String[] UNITS = {"d", "h", "m", "s", "ms", "us", "ns"};

    private Durations() {}

    /// The duration that the text means, or null when it means none. Units are `d`, `h`, `m`, `s`, `ms`, `us`,
    /// `ns`; a unit is needed, except for `0`.
    public static @Nullable Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Duration sum = Duration.ZERO;
        int i = 0;
        while (i < text.length()) {
            int digits = i;
            while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
                i++;
            }
            int unitStart = i;
            while (i < text.length() && text.charAt(i) >= 'a' && text.charAt(i) <= 'z') {
                i++;
            }
            long unit = unitNanos(text.substring(unitStart, i));
            if (unitStart == digits || unitStart - digits > 9 || unit == 0) {
                return null;
            }
            long count = Long.parseLong(text, digits, unitStart, 10);
            sum = sum.plus(Duration.ofNanos(unit).multipliedBy(count));
        }
        return text.isEmpty() ? null : sum;
    }

    /// The shortest text that [#parse] reads back.
    public static String text(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        if (duration.toDays() > 100_000) {
            return duration.toDays() + "d";
        }
        StringBuilder text = new StringBuilder();
        long rest = duration.toNanos();
        for (int i = 0; i < UNITS.length; i++) {
            long count = rest / UNIT_NANOS[i];
            if (count > 0) {
                text.append(count).append(UNITS[i]);
                rest -= count * UNIT_NANOS[i];
            }
        }
        return text.toString();
    }

    private static long unitNanos(String unit) {
        for (int i = 0; i < UNITS.length; i++) {
            if (UNITS[i].equals(unit)) {
                return UNIT_NANOS[i];
            }
        }
        return 0;
    }
}
