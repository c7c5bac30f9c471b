package io.tocsin.correlator.sigma;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lengths of time as Sigma writes them: a number and one of `s`, `m`, `h`, `d`, `w`, `M` (30 days),
/// `y` (365 days).
final class SigmaDuration {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*([smhdwMy])");
    /// Longest time that is looked back.
    static final long MAXIMUM_MILLIS = 366L * 86_400_000;

    private SigmaDuration() {}

    /// Milliseconds, or -1 when it is none or out of range. A number alone is seconds.
    static long millis(String text) {
        Matcher matcher = FORM.matcher(text.strip().matches("\\d{1,9}") ? text.strip() + "s" : text.strip());
        if (!matcher.matches()) {
            return -1;
        }
        long unit = switch (matcher.group(2)) {
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            case "w" -> 7 * 86_400_000L;
            case "M" -> 30 * 86_400_000L;
            default -> 365 * 86_400_000L;
        };
        long millis = Long.parseLong(matcher.group(1)) * unit;
        return millis < 1 || millis > MAXIMUM_MILLIS ? -1 : millis;
    }
}
