package io.tocsin.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds the known name that somebody probably meant.
public final class Suggestions {
    private static final int MAXIMUM_LENGTH = 64;

    private Suggestions() {}

    /// The known name nearest to `wrong`, or null when none is near: at most a third of its letters may differ (one
    /// letter at least), regardless of case; two neighbours in the wrong order count as one difference.
    public static @Nullable String nearest(String wrong, Collection<String> known) {
        if (wrong.isEmpty() || wrong.length() > MAXIMUM_LENGTH) {
            return null;
        }
        String lower = wrong.toLowerCase(Locale.ROOT);
        int best = Math.max(1, lower.length() / 3) + 1;
        String nearest = null;
        for (String candidate : known) {
            if (Math.abs(candidate.length() - lower.length()) < best) {
                int distance = distance(lower, candidate.toLowerCase(Locale.ROOT));
                if (distance < best && distance < candidate.length()) {
                    best = distance;
                    nearest = candidate;
                }
            }
        }
        return nearest;
    }

    /// Ends a message: `; did you mean X?`, or nothing.
    public static String hint(String wrong, Collection<String> known) {
        String nearest = nearest(wrong, known);
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }

    private static int distance(String left, String right) {
        int[] beforeLast = new int[right.length() + 1];
        int[] last = new int[right.length() + 1];
        int[] current = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                int value = Math.min(Math.min(last[j] + 1, current[j - 1] + 1), last[j - 1] + change);
                if (i > 1
                        && j > 1
                        && left.charAt(i - 1) == right.charAt(j - 2)
                        && left.charAt(i - 2) == right.charAt(j - 1)) {
                    value = Math.min(value, beforeLast[j - 2] + 1);
                }
                current[j] = value;
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = current;
            current = free;
        }
        return last[right.length()];
    }
}
