package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.Timelines;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says when an event happened and where it comes from, and keeps the timelines that follow from that: one set
/// for each field that rules take the time from.
///
/// Thread-safety: one thread.
final class EventTimes {
    /// 0001-01-01T00:00:00Z.
    private static final long FIRST_MILLIS = -62_135_596_800_000L;
    /// 9999-12-31T23:59:59.999Z.
    private static final long LAST_MILLIS = 253_402_300_799_999L;

    private final boolean receptionIsKnown;
    /// The field of each set of timelines; null for the time that events have by themselves.
    private final List<@Nullable Field> fields = new ArrayList<>();

    private final List<Timelines> timelines = new ArrayList<>();

    private @Nullable EntryOrigin lastOrigin;
    private long lastOriginHash;
    private final Hash128 sourceHash = new Hash128();
    private long source;

    /// @param receptionIsKnown false when reception times mean nothing
    EventTimes(boolean receptionIsKnown) {
        this.receptionIsKnown = receptionIsKnown;
        add(null);
    }

    /// Number of the timelines that follow a field, which are made when there are none yet.
    ///
    /// @param field null for the time that events have by themselves
    int add(@Nullable Field field) {
        if (!fields.contains(field)) {
            fields.add(field);
            timelines.add(new Timelines(receptionIsKnown));
        }
        return fields.indexOf(field);
    }

    /// Sees an event, whether a rule wants it or not.
    void advance(Event event) {
        source = sourceOf(event);
        long received = event.timestampMillis();
        for (int i = 0; i < fields.size(); i++) {
            timelines.get(i).advance(source, millis(event, i), received);
        }
    }

    /// Where the common timelines stand, added up: the same as long as none of them moves. Negative numbers do no harm.
    long latestMillis() {
        long sum = 0;
        for (Timelines each : timelines) {
            sum += each.watermark(0, 0);
        }
        return sum;
    }

    /// Hash of where the latest event comes from.
    long source() {
        return source;
    }

    /// Time of an event, milliseconds. What lies outside the years 1 to 9999 is taken for the nearest of them, so that
    /// no sum of times overflows.
    ///
    /// @param number of the timelines
    long millis(Event event, int number) {
        return millis(event, fields.get(number));
    }

    /// @param field null for the time that events have by themselves
    static long millis(Event event, @Nullable Field field) {
        long millis = field != null && event.has(field)
                ? event.integer(field, 0)
                : event.integer(Field.DEVICE_RECEIPT_TIME, event.timestampMillis());
        return Math.clamp(millis, FIRST_MILLIS, LAST_MILLIS);
    }

    /// @param number as [#add] gave it
    Timelines timelines(int number) {
        return timelines.get(number);
    }

    private long sourceOf(Event event) {
        EntryOrigin origin = event.origin();
        if (!origin.equals(lastOrigin)) {
            lastOrigin = origin;
            lastOriginHash = sourceHash.reset().add(origin.source()).low();
        }
        long span = event.span(Field.DEVICE_HOST_NAME);
        if (span < 0) {
            return lastOriginHash;
        }
        return sourceHash
                .reset()
                .add(lastOriginHash)
                .add(event.arena(), EventBatch.spanOffset(span), EventBatch.spanLength(span))
                .low();
    }

    /// Sees what others have seen that live by the same fields.
    void absorb(EventTimes other) {
        for (int i = 0; i < timelines.size(); i++) {
            timelines.get(i).absorb(other.timelines.get(i));
        }
    }

    void write(StateWriter out) {
        out.count(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            out.text(name(fields.get(i)));
            StateWriter nested = new StateWriter();
            timelines.get(i).write(nested);
            out.blob(nested.array(), 0, nested.length());
        }
    }

    /// Takes over what was saved of the fields that it has.
    void read(StateReader in) {
        int count = in.size();
        for (int i = 0; i < count; i++) {
            String name = in.text();
            byte[] saved = in.blob();
            for (int k = 0; k < fields.size(); k++) {
                if (name(fields.get(k)).equals(name)) {
                    timelines.set(k, Timelines.read(new StateReader(saved), receptionIsKnown));
                }
            }
        }
    }

    private static String name(@Nullable Field field) {
        return field == null ? "" : field.fieldName();
    }
}
