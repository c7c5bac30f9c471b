package io.tocsin.correlator.engine;

import io.tocsin.correlator.table.SharingStep;
import io.tocsin.correlator.table.Tables;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What the engine found: correlation events (`Type` 3) and, in the same order, each of them as a [Hit]. An engine that
/// shares tables ([Engine#share]) also tells there what rules wrote to them, as events of [TableChange]; those are no
/// hits.
///
/// A correlation event says in `DeviceEventClassID` whether it is new, amended or retracted, in `ExternalID`
/// which finding it is about (the id of the first correlation event of it), and in `DeviceAction` whether it
/// makes an alert (`alert` or `no-alert`).
///
/// Thread-safety: one thread.
public final class Correlations {
    private final EventBatch events = new EventBatch(32, 32 << 10);
    private final List<Hit> hits = new ArrayList<>();
    private int writes;

    public Correlations() {}

    public EventBatch events() {
        return events;
    }

    public List<Hit> hits() {
        return Collections.unmodifiableList(hits);
    }

    public boolean isEmpty() {
        return events.isEmpty();
    }

    public void clear() {
        events.clear();
        hits.clear();
        writes = 0;
    }

    void add(Tables.Written write, EntryOrigin origin, long receivedNanos) {
        write.change().addTo(events, origin, write.idHigh(), write.idLow(), receivedNanos);
        writes++;
    }

    void add(SharingStep.Join join, EntryOrigin origin, long receivedNanos) {
        join.addTo(events, origin, receivedNanos);
        writes++;
    }

    void add(Hit hit) {
        hits.add(hit);
        if (hits.size() + writes != events.count()) {
            throw new IllegalStateException("BUG: hits and correlation events are out of step");
        }
    }
}
