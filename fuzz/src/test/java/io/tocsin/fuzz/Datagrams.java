package io.tocsin.fuzz;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.pipeline.normalizer.Normalizer;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import io.tocsin.pipeline.normalizer.flow.FlowCounters.Counter;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Datagrams of flow exporters as a collector takes them, held to what the format promises: each datagram gives events
/// or is silent for a reason, the counters say what happened, nothing waits for ever.
///
/// Thread-safety: one thread.
final class Datagrams {
    private static final EntryOrigin EXPORTER =
            new EntryOrigin("", "flows", "udp", "192.0.2.1", 4739, "127.0.0.1", 2055, "");
    /// Records of one byte in a datagram of 64 KiB, and sets that were let go to make room.
    private static final int MOST_EVENTS = 140_000;

    private final Event event = new Event();
    private final EventBatch batch = new EventBatch(1, 512);
    private final Normalizer normalizer;
    private long nowNanos = Normalizing.RECEIVED_NANOS;
    private long taken;
    private long failed;

    /// @param format name of a built-in normalizer; it knows no templates yet
    Datagrams(String format) {
        normalizer =
                Normalizing.plan(new NormalizerLoader(ZoneOffset.UTC), format).create();
    }

    /// Takes a datagram.
    ///
    /// @return the number of its events
    int take(byte[] datagram) {
        nowNanos += 1_000_000;
        byte[] before = datagram.clone();
        long packets = count(Counter.PACKETS);
        normalizer.at(nowNanos);
        normalizer.open(EXPORTER, datagram, 0, datagram.length);
        int events = pieces(datagram);
        if (events == 0 && !normalizer.silent()) {
            event(EXPORTER, datagram, 0, datagram.length);
            events = 1;
        }
        taken++;
        if (!Arrays.equals(before, datagram)) {
            throw new AssertionError("the datagram was changed");
        }
        if (count(Counter.PACKETS) - packets > 1) {
            throw new AssertionError("one datagram was counted more than once");
        }
        if (count(Counter.PACKETS) > taken || count(Counter.RELEASED) + count(Counter.EXPIRED) > count(Counter.HELD)) {
            throw new AssertionError("counters do not add up [" + counters() + "]");
        }
        return events;
    }

    /// Lets go of everything that waits; afterwards nothing is held.
    int end() {
        normalizer.openExpired(Long.MAX_VALUE);
        int events = pieces(new byte[0]);
        if (normalizer.holdsUntilNanos() != Long.MAX_VALUE) {
            throw new AssertionError("something still waits at the end");
        }
        if (count(Counter.HELD) != count(Counter.RELEASED) + count(Counter.EXPIRED)) {
            throw new AssertionError("what was held was neither decoded nor handed on [" + counters() + "]");
        }
        return events;
    }

    /// Events that were not understood.
    long failed() {
        return failed;
    }

    long count(Counter counter) {
        FlowCounters flows = Objects.requireNonNull(normalizer.flows());
        return flows.get(counter);
    }

    String counters() {
        List<String> all = new ArrayList<>();
        for (Counter counter : Counter.values()) {
            all.add(counter + "=" + count(counter));
        }
        return String.join(", ", all);
    }

    private int pieces(byte[] datagram) {
        int events = 0;
        while (normalizer.next()) {
            if (++events > MOST_EVENTS) {
                throw new AssertionError("endless datagram");
            }
            byte @Nullable [] text = normalizer.pieceText();
            EntryOrigin from = normalizer.pieceOrigin();
            event(
                    from == null ? EXPORTER : from,
                    text == null ? datagram : text,
                    normalizer.pieceOffset(),
                    normalizer.pieceLength());
        }
        return events;
    }

    private void event(EntryOrigin from, byte[] text, int offset, int length) {
        batch.clear();
        EventBuilder builder = batch.builder();
        builder.begin(from, 1, 2, nowNanos, 1, text, offset, length);
        boolean understood = normalizer.normalize(builder);
        builder.commit();
        event.moveTo(batch, 0);
        Normalizing.checkSlots(batch, event);
        if (!understood) {
            failed++;
            if (!event.hasFlag(EventBatch.FLAG_PARSE_FAILED) || !event.has(Field.PARSE_ERROR)) {
                throw new AssertionError("an event that was not understood does not say so");
            }
        }
    }
}
