package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;

/// Fills the fields of an event from its source text. Made by [NormalizerPlan#create()], one for each thread that
/// normalizes. Pure: no IO, no clock (the reference time for incomplete dates is the event's reception time),
/// bounded work, no exception on any text.
///
/// `NormalizerName` says which normalizers of the tree understood the text, `ParseError` what could not be read or
/// converted.
///
/// Thread-safety: one thread, except [#counters()].
public final class Normalizer {
    private final String name;
    private final NormalizerNode root;
    private final ParseNotes notes;
    private final KeepRaw keepRaw;
    private final NormalizerCounters counters;

    Normalizer(String name, NormalizerNode root, ParseNotes notes, KeepRaw keepRaw, NormalizerCounters counters) {
        this.name = name;
        this.root = root;
        this.notes = notes;
        this.keepRaw = keepRaw;
        this.counters = counters;
    }

    public String name() {
        return name;
    }

    public NormalizerCounters counters() {
        return counters;
    }

    /// Normalizes the open event from its whole source text. See [#normalize(EventBuilder, int, int)].
    public boolean normalize(EventBuilder event) {
        return normalize(event, event.rawOffset(), event.rawLength());
    }

    /// Normalizes the open event.
    ///
    /// @param offset where the text begins in the event's arena
    /// @return false when no normalizer understood the text: the event then keeps its source text and carries
    /// [EventBatch#FLAG_PARSE_FAILED] and `ParseError`
    public boolean normalize(EventBuilder event, int offset, int length) {
        notes.clear();
        NormalizerNode deepest = root.run(event, offset, length);
        if (deepest == null) {
            notes.add(name, "no normalizer understands the text");
            notes.writeTo(event);
            event.setFlag(EventBatch.FLAG_PARSE_FAILED | EventBatch.FLAG_KEEP_RAW);
            counters.event(false, true);
            return false;
        }
        byte[] path = deepest.path();
        event.setText(Field.NORMALIZER_NAME, path, 0, path.length);
        boolean noted = !notes.isEmpty();
        if (noted) {
            notes.writeTo(event);
        }
        if (keepRaw == KeepRaw.ALWAYS || (noted && keepRaw == KeepRaw.ERROR)) {
            event.setFlag(EventBatch.FLAG_KEEP_RAW);
        }
        counters.event(true, noted);
        return true;
    }
}
