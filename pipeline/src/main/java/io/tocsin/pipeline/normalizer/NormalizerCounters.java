package io.tocsin.pipeline.normalizer;

import java.util.concurrent.atomic.AtomicLong;

/// What a normalizer did since it was made.
///
/// Thread-safety: one writer (the normalizer), any reader.
public final class NormalizerCounters {
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong notUnderstood = new AtomicLong();
    private final AtomicLong noted = new AtomicLong();
    private final AtomicLong unconverted = new AtomicLong();
    private final AtomicLong unreadableTimes = new AtomicLong();
    private final AtomicLong cut = new AtomicLong();

    NormalizerCounters() {}

    /// Texts handed to the normalizer.
    public long events() {
        return events.getOpaque();
    }

    /// Texts that the root format did not understand.
    public long notUnderstood() {
        return notUnderstood.getOpaque();
    }

    /// Events that carry a `ParseError`, including those not understood.
    public long noted() {
        return noted.getOpaque();
    }

    /// Values of the wrong type, kept in `Extra`.
    public long unconverted() {
        return unconverted.getOpaque();
    }

    /// Times that no layout reads, kept in `Extra`; they count among the values of the wrong type as well.
    public long unreadableTimes() {
        return unreadableTimes.getOpaque();
    }

    /// Values longer than their field, kept whole in `Extra`.
    public long cut() {
        return cut.getOpaque();
    }

    void event(boolean understood, boolean withNotes) {
        increment(events);
        if (!understood) {
            increment(notUnderstood);
        }
        if (withNotes) {
            increment(noted);
        }
    }

    void unconvertedValue() {
        increment(unconverted);
    }

    void unreadableTime() {
        increment(unreadableTimes);
    }

    void cutValue() {
        increment(cut);
    }

    private static void increment(AtomicLong counter) {
        counter.setOpaque(counter.getPlain() + 1);
    }
}
