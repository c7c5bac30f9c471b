package io.tocsin.pipeline.diagnostics;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.Fields;
import io.tocsin.pipeline.normalizer.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts, for one lane, how the texts of each source were understood, and tells the collector's table by
/// [#publish()], once a batch.
///
/// An event that was understood costs a few additions. Fields are looked at in a sample: the first
/// [#DENSE_SAMPLES] events of a batch, each [#SAMPLE_INTERVAL]th behind them, and the first event of each source in
/// the batch as long as these are few. So slow sources are looked at whole, and fast ones cost nothing that counts.
///
/// Thread-safety: one thread at a time.
public final class ParseRecorder {
    static final int DENSE_SAMPLES = 16;
    static final int SAMPLE_INTERVAL = 128;
    private static final int FIRST_SAMPLES = 16;
    private static final int MAXIMUM_SOURCES = 256;
    /// Sources that may take turns without a search, a power of two.
    private static final int TURNS = 64;
    private static final int MAXIMUM_FAILURES = 64;
    private static final int NORMALIZER_NAME = Field.NORMALIZER_NAME.code();
    private static final int PARSE_ERROR = Field.PARSE_ERROR.code();

    private final ParseDiagnostics diagnostics;
    private final Map<String, LaneSource> sources = new HashMap<>();
    private final List<LaneSource> dirty = new ArrayList<>();
    /// In which sample a field was counted last: an array has several values.
    private final int[] countedIn = new int[Fields.CODE_LIMIT];
    private int sample;
    private int untilSample = 1;
    private int samples;
    private int firstSamples = FIRST_SAMPLES;
    private int failures;
    private long missing;
    private @Nullable EntryOrigin origin;
    private LaneSource current = new LaneSource("");
    /// What belongs to the origins that came last, by their numbers in the batch.
    private final @Nullable EntryOrigin[] knownOrigins = new EntryOrigin[TURNS];
    private final LaneSource[] knownSources = new LaneSource[TURNS];

    ParseRecorder(ParseDiagnostics diagnostics) {
        this.diagnostics = diagnostics;
        Arrays.fill(knownSources, current);
    }

    /// Counts the open event, right after it was normalized.
    ///
    /// @param length bytes of its text
    /// @param understood what the normalizer answered
    /// @param defect why the normalizer failed with an exception, or null when it did not
    @SuppressWarnings("ReferenceEquality") // an equal origin or way only costs a search
    public void record(
            EventBuilder event, int length, Normalizer normalizer, boolean understood, @Nullable String defect) {
        EntryOrigin from = event.origin();
        if (from != origin) {
            int slot = event.originNumber() & TURNS - 1;
            if (from != knownOrigins[slot]) {
                knownSources[slot] = search(from);
                knownOrigins[slot] = from;
            }
            origin = from;
            current = knownSources[slot];
        }
        LaneSource source = current;
        if (source.events++ == 0) {
            source.nanos = event.receivedNanos();
            dirty.add(source);
        }
        if (normalizer.sequence() != 0) {
            number(source, event, normalizer);
        }
        if (understood) {
            String way = normalizer.way();
            if (source.way != way) {
                source.turn(way);
            }
            source.understood++;
            if (normalizer.errors() > 0) {
                source.partial++;
                failure(source, event, length, normalizer, true, null);
            }
        } else {
            source.failed++;
            failure(source, event, length, normalizer, false, defect);
        }
        if (--untilSample <= 0 || (source.samples == 0 && firstSamples > 0)) {
            look(source, event);
        }
    }

    private void number(LaneSource source, EventBuilder event, Normalizer normalizer) {
        long found = diagnostics
                .senders()
                .receive(
                        source.source,
                        normalizer.sequenceHost(),
                        normalizer.sequenceProgram(),
                        normalizer.sequence(),
                        event.receivedNanos());
        source.missing += found;
        missing += found;
    }

    /// Messages that were found missing since the last call, by the numbers that senders gave theirs.
    public long takeMissing() {
        long found = missing;
        missing = 0;
        return found;
    }

    private LaneSource search(EntryOrigin from) {
        String name = from.source();
        LaneSource known = sources.get(name);
        if (known == null) {
            if (sources.size() == MAXIMUM_SOURCES) {
                tell();
                sources.clear();
                Arrays.fill(knownOrigins, null);
            }
            known = new LaneSource(name);
            sources.put(name, known);
        }
        return known;
    }

    private void look(LaneSource source, EventBuilder event) {
        if (untilSample <= 0) {
            untilSample = ++samples < DENSE_SAMPLES ? 1 : SAMPLE_INTERVAL;
        } else {
            firstSamples--;
        }
        source.samples++;
        int[] counted = countedIn;
        if (++sample == 0) {
            Arrays.fill(counted, 0);
            sample = 1;
        }
        int end = event.endSlot();
        for (int slot = event.firstSlot(); slot < end; slot++) {
            int code = event.slotCode(slot);
            if (counted[code] != sample && code != NORMALIZER_NAME && code != PARSE_ERROR) {
                counted[code] = sample;
                source.filled[code]++;
            }
        }
    }

    private void failure(
            LaneSource source,
            EventBuilder event,
            int length,
            Normalizer normalizer,
            boolean understood,
            @Nullable String defect) {
        ErrorCounts counts = source.errors;
        if (counts == null) {
            counts = new ErrorCounts();
            source.errors = counts;
        }
        long nanos = event.receivedNanos();
        int errors = normalizer.notedErrors();
        boolean noted = defect == null && errors > 0;
        String field = noted ? normalizer.errorField(0) : normalizer.name();
        String reason = noted ? normalizer.errorReason(0) : defect == null ? ParseDiagnostics.OTHER : defect;
        counts.add(field, reason, 1, nanos);
        for (int i = 1; noted && i < errors; i++) {
            counts.add(normalizer.errorField(i), normalizer.errorReason(i), 1, nanos);
        }
        if (failures < MAXIMUM_FAILURES && source.failures.size() < ParseDiagnostics.FAILURES) {
            failures++;
            int start = event.rawOffset();
            source.failures.add(new LaneSource.RawFailure(
                    nanos,
                    understood,
                    understood ? normalizer.way() : normalizer.name(),
                    field,
                    ErrorCounts.withoutValue(reason),
                    noted ? normalizer.errors() : 1,
                    Arrays.copyOfRange(event.arena(), start, start + Math.min(length, SampleText.MAXIMUM_BYTES)),
                    length));
        }
    }

    /// Tells the table what was counted since the last call; call it when a batch ends.
    public void publish() {
        tell();
        untilSample = 1;
        samples = 0;
        firstSamples = FIRST_SAMPLES;
        failures = 0;
    }

    private void tell() {
        if (!dirty.isEmpty()) {
            diagnostics.take(dirty);
            dirty.forEach(LaneSource::clear);
            dirty.clear();
        }
    }
}
