package io.tocsin.pipeline.diagnostics;

import io.tocsin.event.Fields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/// What a lane counts of one source between two batches.
///
/// Thread-safety: that of its [ParseRecorder].
final class LaneSource {
    static final int MAXIMUM_WAYS = 16;

    /// A failure with the beginning of its text as it came.
    @SuppressWarnings("ArrayRecordComponent") // written once, compared by nobody
    record RawFailure(
            long epochNanos,
            boolean understood,
            String normalizer,
            String field,
            String reason,
            int errors,
            byte[] beginning,
            int bytes) {}

    final String source;
    private final String[] ways = new String[MAXIMUM_WAYS + 1];
    private final long[] wayEvents = new long[MAXIMUM_WAYS + 1];
    private int wayCount;
    /// Which way the last event went, and how many took it in a row.
    String way = "";

    long understood;

    long events;
    long partial;
    long failed;
    /// Messages that are missing by the numbers that senders gave theirs.
    long missing;
    /// Reception of its first event in the batch.
    long nanos;
    int samples;
    final int[] filled = new int[Fields.CODE_LIMIT];

    @Nullable
    ErrorCounts errors;

    final List<RawFailure> failures = new ArrayList<>(0);

    LaneSource(String source) {
        this.source = source;
        ways[MAXIMUM_WAYS] = ParseDiagnostics.OTHER;
    }

    /// Goes on with another way.
    ///
    /// @param name the same object for the same way, nearly always
    void turn(String name) {
        tellWay();
        way = name;
    }

    private void tellWay() {
        if (understood > 0) {
            int at = 0;
            while (at < wayCount && !ways[at].equals(way)) {
                at++;
            }
            if (at == wayCount && wayCount < MAXIMUM_WAYS) {
                ways[wayCount++] = way;
            }
            wayEvents[at] += understood;
            understood = 0;
        }
    }

    /// Events understood by way.
    void ways(ObjLongConsumer<String> to) {
        tellWay();
        for (int i = 0; i <= MAXIMUM_WAYS; i++) {
            if (wayEvents[i] > 0) {
                to.accept(ways[i], wayEvents[i]);
            }
        }
    }

    /// Begins anew. Ways are kept: the next batch goes the same.
    void clear() {
        events = 0;
        partial = 0;
        failed = 0;
        missing = 0;
        samples = 0;
        understood = 0;
        Arrays.fill(wayEvents, 0);
        Arrays.fill(filled, 0);
        failures.clear();
        if (errors != null) {
            errors.clear();
        }
    }
}
