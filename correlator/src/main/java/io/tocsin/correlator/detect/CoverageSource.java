package io.tocsin.correlator.detect;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.index.EventView;
import io.tocsin.expression.FieldReference;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was seen of a source: how many events, and which of the fields that rules need of it ever had a value.
///
/// Thread-safety: that of the whole.
final class CoverageSource {
    /// The fields that rules need of it, by their numbers.
    private final Map<String, Integer> numbers = new HashMap<>();

    private final Map<Integer, String> names = new HashMap<>();
    /// Fields that had no value yet.
    private final BitSet wanted = new BitSet();
    private final BitSet seen = new BitSet();
    /// Those of them that were first seen since [#saved].
    private final BitSet fresh = new BitSet();
    private long events;
    private long lastMillis = Long.MIN_VALUE;
    /// Grows with each field that is seen for the first time.
    private int version;

    private boolean changed;

    /// Says that a rule needs a field of it.
    void want(FieldReference field, int number) {
        numbers.put(field.name(), number);
        names.put(number, field.name());
        wanted.set(number);
    }

    void observe(EventView view) {
        events++;
        lastMillis = Math.max(lastMillis, view.event().timestampMillis());
        changed = true;
        for (int field = wanted.nextSetBit(0); field >= 0; field = wanted.nextSetBit(field + 1)) {
            if (view.first(field) != EventView.NONE) {
                see(field);
            }
        }
    }

    /// It is known now, and need not be looked for again.
    private void see(int field) {
        if (wanted.get(field)) {
            wanted.clear(field);
            seen.set(field);
            fresh.set(field);
            version++;
        }
    }

    /// Goes on with what was seen of the same source for other rules.
    void takeOver(CoverageSource before) {
        events = before.events;
        lastMillis = before.lastMillis;
        changed = true;
        before.seen.stream().forEach(field -> see(before.names.get(field)));
    }

    private void see(@Nullable String name) {
        Integer number = numbers.get(name);
        if (number != null) {
            see(number.intValue());
        }
    }

    long events() {
        return events;
    }

    /// Time of the last event, [Long#MIN_VALUE] for none.
    long lastMillis() {
        return lastMillis;
    }

    BitSet seen() {
        return seen;
    }

    int version() {
        return version;
    }

    boolean isChanged() {
        return changed;
    }

    void saved() {
        changed = false;
        fresh.clear();
    }

    /// Forgets everything.
    void clear() {
        wanted.or(seen);
        seen.clear();
        fresh.clear();
        events = 0;
        lastMillis = Long.MIN_VALUE;
        version++;
        changed = true;
    }

    void write(StateWriter out) {
        write(out, seen);
    }

    /// Writes what has changed since [#saved]; whoever reads it has the rest.
    void writeChanges(StateWriter out) {
        write(out, fresh);
    }

    private void write(StateWriter out, BitSet fields) {
        out.count(events);
        out.number(events == 0 ? 0 : lastMillis);
        out.count(fields.cardinality());
        fields.stream().mapToObj(names::get).forEach(out::text);
    }

    /// Takes over what [#write] or [#writeChanges] wrote of a source with these fields, or with some of them.
    void read(StateReader in) {
        events = in.count();
        long millis = in.number();
        lastMillis = events == 0 ? Long.MIN_VALUE : millis;
        int count = in.size();
        for (int i = 0; i < count; i++) {
            see(in.text());
        }
    }
}
