package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBuilder;
import io.tocsin.pipeline.assemble.Assembled;
import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.connector.StageCounters;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.stage.Hops;
import io.tocsin.pipeline.stage.Outcome;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes events of joined lines: the normalizer splits a text that holds several, and normalizes each.
///
/// Thread-safety: one thread.
final class JoinedLines {
    private static final byte[] LATE = "assembly.late".getBytes(UTF_8);
    private static final byte[] INCOMPLETE = "assembly.incomplete".getBytes(UTF_8);
    private static final byte[] KEY = "assembly.key".getBytes(UTF_8);
    private static final byte[] TRUE = "true".getBytes(UTF_8);

    private final HeldBatch batch;
    private final @Nullable EventSteps normalizing;
    private final StageCounters counters;
    private final Next next;

    /// What happens to the open event.
    @FunctionalInterface
    interface Next {
        /// @param outcome what the normalizer says of it
        void take(Outcome outcome, EntryOrigin origin, long receivedNanos);
    }

    /// @param normalizing null when events come normalized
    JoinedLines(HeldBatch batch, @Nullable EventSteps normalizing, StageCounters counters, Next next) {
        this.batch = batch;
        this.normalizing = normalizing;
        this.counters = counters;
        this.next = next;
    }

    void accept(Assembled event) {
        List<Assembled.Line> parts = event.parts();
        Assembled.Line last = parts.getLast();
        for (int i = 0; i < parts.size() - (event.ignored() ? 0 : 1); i++) {
            Assembled.Line part = parts.get(i);
            batch.joined(part.origin(), part.receivedNanos());
        }
        if (event.ignored()) {
            return;
        }
        byte[] text = event.text();
        Normalizer splitting = normalizing == null ? null : normalizing.splitting();
        if (splitting == null) {
            piece(event, last, last.origin(), text, 0, text.length);
        } else {
            split(splitting, event, last);
        }
    }

    /// Takes each event of a joined text that holds several. When the normalizer fails, the rest is one event.
    private void split(Normalizer splitting, Assembled event, Assembled.Line last) {
        byte[] text = event.text();
        int rest = 0;
        int pieces = 0;
        boolean silent = false;
        try {
            splitting.at(last.receivedNanos());
            splitting.open(last.origin(), text, 0, text.length);
            while (splitting.next()) {
                int start = splitting.pieceOffset();
                int size = splitting.pieceLength();
                if (size > 0) {
                    byte[] other = splitting.pieceText();
                    EntryOrigin from = splitting.pieceOrigin();
                    piece(event, last, from == null ? last.origin() : from, other == null ? text : other, start, size);
                    pieces++;
                    rest = other == null ? start + size : rest;
                }
            }
            silent = splitting.silent();
            rest = pieces == 0 ? 0 : text.length;
        } catch (RuntimeException | StackOverflowError e) {
            Objects.requireNonNull(normalizing).normalizerFailed(e);
        }
        if (pieces == 0 && silent) {
            counters.increment(StageCounter.MESSAGES_WITHOUT_EVENTS);
        } else if (rest < text.length) {
            piece(event, last, last.origin(), text, rest, text.length - rest);
        }
    }

    private void piece(Assembled event, Assembled.Line last, EntryOrigin origin, byte[] text, int offset, int length) {
        EventBuilder builder = batch.open(origin, last.receivedNanos(), text, offset, length);
        Outcome outcome = normalizing == null ? Outcome.PASS : normalizing.process(builder, length, event.flags());
        mark(builder, event);
        Hops.put(builder, last.hops());
        next.take(outcome, origin, last.receivedNanos());
    }

    private static void mark(EventBuilder builder, Assembled event) {
        if (event.late()) {
            extra(builder, LATE, TRUE);
        }
        if (event.incomplete()) {
            extra(builder, INCOMPLETE, TRUE);
        }
        if (!event.key().isEmpty() && (event.late() || event.incomplete())) {
            extra(builder, KEY, event.key().getBytes(UTF_8));
        }
    }

    private static void extra(EventBuilder builder, byte[] key, byte[] value) {
        int at = builder.append(key, 0, key.length);
        builder.addDynamicSpan(DynamicKind.EXTRA, at, key.length, builder.append(value, 0, value.length), value.length);
    }
}
