package io.tocsin.pipeline.stage;

import io.tocsin.event.Event;
import io.tocsin.event.EventBuilder;
import org.jspecify.annotations.Nullable;

/// The event on its way through the stages: a cursor to read it and the builder to change it.
///
/// Pitfalls: call [#read()] again after a change, and [#write()] before each group of changes: the cursor notices
/// changes by that call only. Do not commit or discard; the outcome of the stage says what becomes of the event.
///
/// Thread-safety: that of the batch.
public final class OpenEvent {
    private final Event cursor = new Event();
    private @Nullable EventBuilder builder;
    private boolean stale;

    /// Stands on the open event of a builder from now on.
    public OpenEvent on(EventBuilder open) {
        builder = open;
        stale = true;
        return this;
    }

    /// The event as it is now.
    public Event read() {
        if (stale) {
            EventBuilder open = builder();
            cursor.moveTo(open.batch(), open.index());
            stale = false;
        }
        return cursor;
    }

    /// Changes the event: adds, replaces and removes fields.
    public EventBuilder write() {
        stale = true;
        return builder();
    }

    private EventBuilder builder() {
        if (builder == null) {
            throw new IllegalStateException("no event is open: call on() first");
        }
        return builder;
    }
}
