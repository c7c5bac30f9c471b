package io.tocsin.pipeline.topology;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What happens to one open event: the normalizer fills its fields, then the quick stages look at it.
///
/// Thread-safety: one thread at a time.
final class EventSteps {
    private static final System.Logger LOGGER = System.getLogger(EventSteps.class.getName());

    private final String service;
    private final @Nullable Normalizer normalizer;
    private final boolean keepRaw;
    private final StageChain chain;
    private final StageCounters counters;
    private final OpenEvent open = new OpenEvent();
    /// Holds one event at a time that is thrown away.
    private final EventBatch learning = new EventBatch();

    private final Map<String, Outcome> skipped = new HashMap<>();
    private boolean normalizerFailed;
    private long cut;
    private long notUnderstood;

    /// @param normalizer null: the text stays as it is
    EventSteps(
            String service,
            @Nullable Normalizer normalizer,
            boolean keepRaw,
            StageChain chain,
            StageCounters counters) {
        this.service = service;
        this.normalizer = normalizer;
        this.keepRaw = keepRaw;
        this.chain = chain;
        this.counters = counters;
    }

    /// Fills the open event and decides where it goes.
    ///
    /// @param flags those it came with
    Outcome process(EventBuilder builder, int length, int flags) {
        boolean understood = normalizer == null || normalize(normalizer, builder, length);
        String skipReason = normalizer == null ? null : normalizer.skipReason();
        if (skipReason != null) {
            return skipped.computeIfAbsent(skipReason, Outcome::rejected);
        }
        if (flags != 0) {
            cut++;
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

    private boolean normalize(Normalizer with, EventBuilder builder, int length) {
        try {
            return with.normalize(builder, builder.rawOffset(), length);
        } catch (RuntimeException | StackOverflowError e) {
            // A defect of a normalizer costs the fields of the event, never the event or the stream.
            builder.clearFields();
            builder.setText(
                    Field.PARSE_ERROR, "normalizer failed: " + e.getClass().getSimpleName());
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
        cut = 0;
        notUnderstood = 0;
        if (!chain.isEmpty()) {
            chain.flush();
        }
    }
}
