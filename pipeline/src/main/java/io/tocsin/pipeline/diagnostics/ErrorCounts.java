package io.tocsin.pipeline.diagnostics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Errors by field and reason, at most [#MAXIMUM_KINDS] kinds; the rest is counted together. What stands behind a
/// reason in brackets is a value and no part of it.
///
/// Thread-safety: one thread at a time.
final class ErrorCounts {
    static final int MAXIMUM_KINDS = 32;

    private final String[] fields = new String[MAXIMUM_KINDS + 1];
    private final String[] reasons = new String[MAXIMUM_KINDS + 1];
    private final long[] counts = new long[MAXIMUM_KINDS + 1];
    private final long[] lastNanos = new long[MAXIMUM_KINDS + 1];
    private int kinds;

    ErrorCounts() {
        fields[MAXIMUM_KINDS] = "";
        reasons[MAXIMUM_KINDS] = ParseDiagnostics.OTHER;
    }

    void add(String field, String reason, long count, long epochNanos) {
        int at = 0;
        while (at < kinds && !(isReason(reasons[at], reason) && fields[at].equals(field))) {
            at++;
        }
        if (at == kinds && kinds < MAXIMUM_KINDS && !reason.equals(ParseDiagnostics.OTHER)) {
            fields[kinds] = field;
            reasons[kinds] = withoutValue(reason);
            kinds++;
        } else if (at == kinds) {
            at = MAXIMUM_KINDS;
        }
        counts[at] += count;
        lastNanos[at] = Math.max(lastNanos[at], epochNanos);
    }

    private static boolean isReason(String known, String reason) {
        return reason.startsWith(known)
                && (reason.length() == known.length() || reason.startsWith(" [", known.length()));
    }

    static String withoutValue(String reason) {
        int end = reason.indexOf(" [");
        return end < 0 ? reason : reason.substring(0, end);
    }

    void addTo(ErrorCounts other) {
        for (int i = 0; i <= MAXIMUM_KINDS; i++) {
            if (counts[i] > 0) {
                other.add(fields[i], reasons[i], counts[i], lastNanos[i]);
            }
        }
    }

    void clear() {
        kinds = 0;
        Arrays.fill(counts, 0);
        Arrays.fill(lastNanos, 0);
    }

    /// Most first.
    List<SourceFigures.ErrorCount> figures() {
        List<SourceFigures.ErrorCount> figures = new ArrayList<>();
        for (int i = 0; i <= MAXIMUM_KINDS; i++) {
            if (counts[i] > 0) {
                figures.add(new SourceFigures.ErrorCount(
                        fields[i], reasons[i], counts[i], Math.floorDiv(lastNanos[i], 1_000_000L)));
            }
        }
        figures.sort(Comparator.comparingLong(SourceFigures.ErrorCount::count).reversed());
        return figures;
    }
}
