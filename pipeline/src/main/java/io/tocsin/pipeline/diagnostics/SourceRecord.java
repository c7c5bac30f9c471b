package io.tocsin.pipeline.diagnostics;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.Fields;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What is known of one source: about 7 KiB, and up to 12 KiB for its failures.
///
/// How often fields are filled is counted twice: since the beginning, and in two generations of samples of which the
/// older is thrown away when the younger is full. A field that stopped being filled shows in the difference.
///
/// Thread-safety: guarded by its [ParseDiagnostics].
final class SourceRecord {
    private static final int MINUTES = 60;
    private static final int GENERATION = 256;
    private static final long NANOS_PER_MINUTE = 60_000_000_000L;
    private static final long MILLIS_PER_MINUTE = 60_000L;

    private final String source;
    private final String id;
    private final long firstNanos;
    private long lastNanos;
    private long events;
    private long partial;
    private long failed;
    private long missing;
    private final Map<String, Long> ways = new HashMap<>();
    private long samples;
    private final long[] filled = new long[Fields.CODE_LIMIT];
    private int youngSamples;
    private int oldSamples;
    private int[] young = new int[Fields.CODE_LIMIT];
    private int[] old = new int[Fields.CODE_LIMIT];
    private final ErrorCounts errors = new ErrorCounts();
    private final Deque<LaneSource.RawFailure> failures = new ArrayDeque<>();
    /// Counts of a minute stand at its number modulo [#MINUTES].
    private final long[] minuteEvents = new long[MINUTES];

    private final long[] minuteParsed = new long[MINUTES];
    private long lastMinute;

    SourceRecord(String source, long firstNanos) {
        this.source = source;
        this.id = SourceFigures.id(source);
        this.firstNanos = firstNanos;
        this.lastMinute = Math.floorDiv(firstNanos, NANOS_PER_MINUTE);
    }

    long events() {
        return events;
    }

    void add(LaneSource lane) {
        events += lane.events;
        partial += lane.partial;
        failed += lane.failed;
        missing += lane.missing;
        lastNanos = Math.max(lastNanos, lane.nanos);
        lane.ways((way, count) -> {
            boolean room = ways.size() < LaneSource.MAXIMUM_WAYS || ways.containsKey(way);
            ways.merge(room ? way : ParseDiagnostics.OTHER, count, Long::sum);
        });
        addMinute(Math.floorDiv(lane.nanos, NANOS_PER_MINUTE), lane.events, lane.partial + lane.failed);
        addSamples(lane);
        if (lane.errors != null) {
            lane.errors.addTo(errors);
        }
        for (LaneSource.RawFailure failure : lane.failures) {
            if (failures.size() == ParseDiagnostics.FAILURES) {
                failures.removeFirst();
            }
            failures.addLast(failure);
        }
    }

    private void addMinute(long minute, long added, long faulty) {
        if (minute - lastMinute >= MINUTES) {
            Arrays.fill(minuteEvents, 0);
            Arrays.fill(minuteParsed, 0);
            lastMinute = minute;
        }
        while (lastMinute < minute) {
            int next = Math.floorMod(++lastMinute, MINUTES);
            minuteEvents[next] = 0;
            minuteParsed[next] = 0;
        }
        if (lastMinute - minute < MINUTES) {
            int slot = Math.floorMod(minute, MINUTES);
            minuteEvents[slot] += added;
            minuteParsed[slot] += added - faulty;
        }
    }

    private void addSamples(LaneSource lane) {
        if (lane.samples == 0) {
            return;
        }
        samples += lane.samples;
        youngSamples += lane.samples;
        for (int code = 0; code < filled.length; code++) {
            filled[code] += lane.filled[code];
            young[code] += lane.filled[code];
        }
        if (youngSamples >= GENERATION) {
            int[] oldest = old;
            old = young;
            oldSamples = youngSamples;
            Arrays.fill(oldest, 0);
            young = oldest;
            youngSamples = 0;
        }
    }

    SourceFigures figures(long nowMillis) {
        long nowMinute = Math.floorDiv(nowMillis, MILLIS_PER_MINUTE);
        List<SourceFigures.Minute> minutes = new ArrayList<>();
        long recentEvents = 0;
        long recentParsed = 0;
        long rateEvents = 0;
        for (long minute = Math.max(lastMinute, nowMinute) - MINUTES + 1; minute <= lastMinute; minute++) {
            int slot = Math.floorMod(minute, MINUTES);
            if (minute <= lastMinute - MINUTES || minuteEvents[slot] == 0) {
                continue;
            }
            minutes.add(new SourceFigures.Minute(minute * MILLIS_PER_MINUTE, minuteEvents[slot], minuteParsed[slot]));
            if (minute > nowMinute - SourceFigures.RECENT_MINUTES) {
                recentEvents += minuteEvents[slot];
                recentParsed += minuteParsed[slot];
            }
            if (minute >= nowMinute - 1) {
                rateEvents += minuteEvents[slot];
            }
        }
        long firstMillis = Math.floorDiv(firstNanos, 1_000_000L);
        long rateSince = Math.max(firstMillis, (nowMinute - 1) * MILLIS_PER_MINUTE);
        return new SourceFigures(
                id,
                source,
                firstMillis,
                Math.floorDiv(lastNanos, 1_000_000L),
                events,
                events - partial - failed,
                partial,
                failed,
                missing,
                rateEvents * 1000.0 / Math.max(1000, nowMillis - rateSince),
                recentEvents,
                recentParsed,
                ways.entrySet().stream()
                        .map(way -> new SourceFigures.Way(way.getKey(), way.getValue()))
                        .sorted(Comparator.comparingLong(SourceFigures.Way::events)
                                .reversed()
                                .thenComparing(SourceFigures.Way::name))
                        .toList(),
                samples,
                fills(),
                errors.figures(),
                failures.reversed().stream().map(SourceRecord::failure).toList(),
                minutes);
    }

    private List<SourceFigures.Fill> fills() {
        List<SourceFigures.Fill> fills = new ArrayList<>();
        int recentSamples = Math.max(1, youngSamples + oldSamples);
        for (int code = 0; code < filled.length; code++) {
            if (filled[code] > 0) {
                fills.add(new SourceFigures.Fill(
                        name(code), 100.0 * filled[code] / samples, 100.0 * (young[code] + old[code]) / recentSamples));
            }
        }
        fills.sort(Comparator.comparingDouble(SourceFigures.Fill::percent)
                .reversed()
                .thenComparing(SourceFigures.Fill::field));
        return fills;
    }

    private static String name(int code) {
        Field field = Fields.byCode(code);
        if (field != null) {
            return field.fieldName();
        }
        DynamicKind kind = DynamicKind.ofCode(code);
        return kind == null ? Integer.toString(code) : kind.prefix();
    }

    private static SourceFigures.Failure failure(LaneSource.RawFailure raw) {
        return new SourceFigures.Failure(
                Math.floorDiv(raw.epochNanos(), 1_000_000L),
                raw.understood(),
                raw.normalizer(),
                raw.field(),
                raw.reason(),
                raw.errors(),
                SampleText.of(raw.beginning(), raw.bytes() > raw.beginning().length),
                raw.bytes());
    }
}
