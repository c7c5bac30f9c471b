package io.tocsin.pipeline.topology;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.diagnostics.ParseRecorder;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.StageMeter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What happens to one open event: the normalizer fills its fields, then the quick stages look at
/// it.
///
/// Thread-safety: one thread at a time.
final class EventSteps {
    private static final System.Logger LOGGER = System.getLogger(EventSteps.class.getName());

    /// One text in so many is timed, and stands for those before it. The first one stands for itself alone: it
    /// loads classes.
    private static final int TIMED = 64;

    private final String service;
    private final @Nullable Normalizer normalizer;
    private final boolean keepRaw;
    private final StageChain chain;
    private final StageCounters counters;
    private final StageMeter meter;
    private final ParseRecorder recorder;
    private final OpenEvent open = new OpenEvent();
    /// Holds one event at a time that is thrown away.
    private final EventBatch learning = new EventBatch();

    private final Map<String, Outcome> skipped = new HashMap<>();
    private boolean normalizerFailed;
    private @Nullable String defect;
    private int untimed;
    private boolean warm;
    private long received;
    private long sent;
    private long dropped;
    private long errors;
    private long nanos;
    private long partial;
    private long cut;
    private long notUnderstood;

    /// @param normalizer null: the text stays as it is
    /// @param meter counts for the normalizer
    /// @param recorder notes how texts were understood
    EventSteps(
            String service,
            @Nullable Normalizer normalizer,
            boolean keepRaw,
            StageChain chain,
            StageCounters counters,
            StageMeter meter,
            ParseRecorder recorder) {
        this.service = service;
        this.normalizer = normalizer;
        this.keepRaw = keepRaw;
        this.chain = chain;
        this.counters = counters;
        this.meter = meter;
        this.recorder = recorder;
    }

    /// Fills the open event and decides where it goes.
    ///
    /// @param flags those it came with
    Outcome process(EventBuilder builder, int length, int flags) {
        received++;
        boolean understood = normalizer == null || timed(normalizer, builder, length);
        String skipReason = normalizer == null ? null : normalizer.skipReason();
        if (skipReason != null) {
            dropped++;
            meter.addDropped(skipReason, 1);
            return skipped.computeIfAbsent(skipReason, Outcome::rejected);
        }
        sent++;
        if (normalizer != null) {
            recorder.record(builder, length, normalizer, understood, defect);
            partial += understood && normalizer.errors() > 0 ? 1 : 0;
        }
        if (flags != 0) {
            cut += (flags & EventBatch.FLAG_CUT) != 0 ? 1 : 0;
            builder.setFlag(flags);
        }
        if (!understood) {
            notUnderstood++;
            builder.setFlag(EventBatch.FLAG_PARSE_FAILED | EventBatch.FLAG_KEEP_RAW);
        } else if (keepRaw) {
            builder.setFlag(EventBatch.FLAG_KEEP_RAW);
        }
        return chain.isEmpty() ? Outcome.PASS : chain.run(open.on(builder));
    }

    /// Lets the stages look at an open event that is normalized already.
    Outcome stages(EventBuilder builder) {
        return chain.isEmpty() ? Outcome.PASS : chain.run(open.on(builder));
    }

    private boolean timed(Normalizer with, EventBuilder builder, int length) {
        if (++untimed < TIMED && warm) {
            return normalize(with, builder, length);
        }
        long start = System.nanoTime();
        boolean understood = normalize(with, builder, length);
        nanos += (System.nanoTime() - start) * untimed;
        untimed = 0;
        warm = true;
        return understood;
    }

    private boolean normalize(Normalizer with, EventBuilder builder, int length) {
        try {
            defect = null;
            return with.normalize(builder, builder.rawOffset(), length);
        } catch (RuntimeException | StackOverflowError e) {
            // A defect of a normalizer costs the fields of the event, never the event or the stream.
            builder.clearFields();
            String reason = "normalizer failed: " + e.getClass().getSimpleName();
            defect = reason;
            builder.setText(Field.PARSE_ERROR, reason);
            normalizerFailed(e);
            return false;
        }
    }

    /// See [EventSink#streamBegins].
    void streamBegins(EntryOrigin origin) {
        if (normalizer != null) {
            normalizer.streamBegins(origin);
        }
    }

    /// See [EventSink#known].
    void known(EntryOrigin origin, long nowNanos, byte[] buffer, int offset, int length) {
        if (normalizer == null) {
            return;
        }
        EventBuilder builder = learning.builder();
        try {
            if (normalizer.splits()) {
                normalizer.at(nowNanos);
                normalizer.open(origin, buffer, offset, length);
                while (normalizer.next()) {
                    if (normalizer.pieceText() == null && normalizer.pieceLength() > 0) {
                        learn(
                                normalizer,
                                builder,
                                origin,
                                nowNanos,
                                buffer,
                                normalizer.pieceOffset(),
                                normalizer.pieceLength());
                    }
                }
            } else {
                learn(normalizer, builder, origin, nowNanos, buffer, offset, length);
            }
        } catch (RuntimeException | StackOverflowError e) {
            builder.discard();
            normalizerFailed(e);
        }
        learning.clear();
    }

    private static void learn(
            Normalizer with,
            EventBuilder builder,
            EntryOrigin origin,
            long nowNanos,
            byte[] buffer,
            int offset,
            int length) {
        builder.begin(origin, 0, 0, nowNanos, 0, buffer, offset, length);
        with.normalize(builder);
        builder.discard();
    }

    /// Counts a defect of the normalizer.
    void normalizerFailed(Throwable e) {
        counters.increment(StageCounter.NORMALIZER_ERRORS);
        if (!normalizerFailed) {
            normalizerFailed = true;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "normalizer failed on an event, further failures are only counted [collector=" + service + "]",
                    e);
        }
    }

    /// The normalizer when it may find several events in one text, else null.
    @Nullable
    Normalizer splitting() {
        return normalizer != null && normalizer.splits() ? normalizer : null;
    }

    /// Tells the counters what happened since the last call.
    void flush() {
        counters.add(StageCounter.CUT_EVENTS, cut);
        counters.add(StageCounter.NOT_UNDERSTOOD_EVENTS, notUnderstood);
        counters.add(StageCounter.PARTIAL_EVENTS, partial);
        counters.add(StageCounter.SEQUENCE_GAPS, recorder.takeMissing());
        errors += notUnderstood;
        cut = 0;
        notUnderstood = 0;
        partial = 0;
        if (!chain.isEmpty()) {
            chain.flush();
        }
    }

    /// Counts an event that was lost to a defect of this program.
    void broken(String reason) {
        if (received == sent + dropped) {
            received++;
        }
        dropped++;
        meter.addDropped(reason, 1);
    }

    /// Tells the meter of the normalizer, and how texts were understood since the last call. Call it when a batch
    /// ends, behind [#flush()]: it costs too much for each run of a few events.
    void publish() {
        meter.addReceived(received);
        meter.addSent(sent);
        meter.addErrors(errors);
        meter.addNanos(nanos);
        received = 0;
        sent = 0;
        dropped = 0;
        errors = 0;
        nanos = 0;
        recorder.publish();
    }
}
