package io.tocsin.pipeline.normalizer;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    private final List<NormalizerNode> nodes;
    private final ParseNotes notes;
    private final KeepRaw keepRaw;
    private final NormalizerCounters counters;
    private final @Nullable Splitting splitting;
    private String way = "";

    /// @param nodes all nodes of the tree, `root` included
    Normalizer(
            String name,
            NormalizerNode root,
            List<NormalizerNode> nodes,
            ParseNotes notes,
            KeepRaw keepRaw,
            NormalizerCounters counters) {
        this.name = name;
        this.root = root;
        this.nodes = nodes;
        this.notes = notes;
        this.keepRaw = keepRaw;
        this.counters = counters;
        this.splitting = root.splitting();
    }

    public String name() {
        return name;
    }

    public NormalizerCounters counters() {
        return counters;
    }

    /// True when one text may hold several events: open the text, then normalize each piece of it as an event.
    ///
    /// ```java
    /// normalizer.open(origin, text, offset, length);
    /// while (normalizer.next()) {
    ///     builder.begin(origin, …, text, normalizer.pieceOffset(), normalizer.pieceLength());
    ///     normalizer.normalize(builder);
    /// }
    /// ```
    public boolean splits() {
        return splitting != null;
    }

    /// Begins with a text that may hold several events. It must stay unchanged until the last piece was taken.
    ///
    /// @param origin tells streams apart
    public void open(EntryOrigin origin, byte[] text, int offset, int length) {
        splitter().open(origin, text, offset, length);
    }

    /// Looks for the next event of the open text.
    ///
    /// @return false when there is none
    public boolean next() {
        return splitter().next();
    }

    /// Where the event begins in the open text.
    public int pieceOffset() {
        return splitter().pieceOffset();
    }

    /// Bytes of the event in the open text.
    public int pieceLength() {
        return splitter().pieceLength();
    }

    /// The text in which the event lies when it is another than the one that was opened, otherwise null.
    public byte @Nullable [] pieceText() {
        return splitter().pieceText();
    }

    /// Where the event came from when its text is another than the one that was opened, otherwise null.
    public @Nullable EntryOrigin pieceOrigin() {
        return splitter().pieceOrigin();
    }

    /// True when the text that gave no piece is no event: it spoke about other texts, or waits for one.
    public boolean silent() {
        return splitter().silent();
    }

    /// Says when the next text was received; call before [#open].
    ///
    /// @param epochNanos nanoseconds since the epoch
    public void at(long epochNanos) {
        splitter().at(epochNanos);
    }

    /// When texts have waited for too long for others, nanoseconds since the epoch; `Long.MAX_VALUE` when none waits.
    /// Any thread may ask.
    public long holdsUntilNanos() {
        return splitting == null ? Long.MAX_VALUE : splitting.holdsUntilNanos();
    }

    /// Begins, in place of [#open], with texts that waited for too long.
    ///
    /// @param untilNanos nanoseconds since the epoch; `Long.MAX_VALUE` for all of them, when no more texts come
    public void openExpired(long untilNanos) {
        splitter().openExpired(untilNanos);
    }

    /// Forgets what texts of a stream said about those behind them, such as the first line of a file: what comes under
    /// this origin from now on is another one.
    public void streamBegins(EntryOrigin origin) {
        nodes.forEach(node -> node.streamBegins(origin));
    }

    /// What happened to packets of flow exporters, null when the normalizer reads none. Any thread may ask.
    public @Nullable FlowCounters flows() {
        return splitting == null ? null : splitting.counters();
    }

    private Splitting splitter() {
        if (splitting == null) {
            throw new IllegalStateException("the normalizer takes each text for one event: ask splits() first");
        }
        return splitting;
    }

    /// Why the text normalized last is no event but, say, the header of those behind it: a few words that stay the
    /// same. Null for events. The caller discards the event and counts it under this reason.
    public @Nullable String skipReason() {
        return notes.skipReason();
    }

    /// The number that the sender gave the last text: `meta.sequenceId` of RFC 5424 §7.3.1; 0 when it gave none.
    public int sequence() {
        return notes.sequence();
    }

    /// 64 bits of the name of the host that the numbered text names.
    public long sequenceHost() {
        return notes.sequenceHost();
    }

    /// 64 bits of the name of the program that the numbered text names.
    public long sequenceProgram() {
        return notes.sequenceProgram();
    }

    /// The names of the normalizers that understood the last text, as in `NormalizerName`; the same object for the same
    /// way.
    public String way() {
        return way;
    }

    /// What could not be read or converted in the last text, as in `ParseError`: how many errors there were.
    public int errors() {
        return notes.count();
    }

    /// Errors of which field and reason are known: the first ones.
    public int notedErrors() {
        return notes.kept();
    }

    /// Name of the field that an error is about, or of the normalizer when it is about the whole text.
    ///
    /// @param index below [#notedErrors()]
    public String errorField(int index) {
        return notes.field(index);
    }

    /// Why; what stands in brackets is a value.
    ///
    /// @param index below [#notedErrors()]
    public String errorReason(int index) {
        return notes.reason(index);
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
        NormalizerPath deepest = root.run(event, offset, length);
        if (deepest == null) {
            notes.add(name, "no normalizer understands the text");
            notes.writeTo(event);
            event.setFlag(EventBatch.FLAG_PARSE_FAILED | EventBatch.FLAG_KEEP_RAW);
            counters.event(false, true);
            return false;
        }
        if (notes.skipReason() != null) {
            return true;
        }
        way = deepest.name();
        byte[] path = deepest.text();
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
