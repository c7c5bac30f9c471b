package io.tocsin.pipeline.normalizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.Problems;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/// A flow normalizer as a collector runs it: packets in, events out.
///
/// Thread-safety: one thread.
final class FlowEvents {
    static final long NOW_NANOS = 1_790_000_000_000_000_000L;

    private final Normalizer normalizer;
    private long nowNanos = NOW_NANOS;
    private String lastRaw = "";
    private EntryOrigin origin = exporter("192.0.2.1", 4739);

    FlowEvents(Normalizer normalizer) {
        this.normalizer = normalizer;
    }

    static FlowEvents of(String format) {
        return new FlowEvents(plan(format).create());
    }

    static NormalizerPlan plan(String format) {
        Problems problems = new Problems();
        NormalizerPlan plan = new NormalizerLoader(ZoneOffset.UTC).load(format, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        return plan;
    }

    static EntryOrigin exporter(String address, int port) {
        return new EntryOrigin("", "flows", "udp", address, port, "127.0.0.1", 2055, "");
    }

    FlowEvents from(String address, int port) {
        origin = exporter(address, port);
        return this;
    }

    FlowEvents after(long nanos) {
        nowNanos += nanos;
        return this;
    }

    Normalizer normalizer() {
        return normalizer;
    }

    /// The events of a packet; empty when it had none and that is right.
    List<Normalized> packet(byte[] packet) {
        normalizer.at(nowNanos);
        normalizer.open(origin, packet, 0, packet.length);
        List<Normalized> events = pieces(packet);
        if (events.isEmpty() && !normalizer.silent()) {
            events.add(event(origin, packet, 0, packet.length));
        }
        return events;
    }

    /// The events of what waited for too long.
    List<Normalized> expired() {
        normalizer.openExpired(nowNanos);
        return pieces(new byte[0]);
    }

    /// The events of all that waits.
    List<Normalized> end() {
        normalizer.openExpired(Long.MAX_VALUE);
        return pieces(new byte[0]);
    }

    /// Source text of the last of these events.
    String lastRaw(List<Normalized> events) {
        return events.isEmpty() ? "" : lastRaw;
    }

    private List<Normalized> pieces(byte[] packet) {
        List<Normalized> events = new ArrayList<>();
        int limit = 100_000;
        while (normalizer.next()) {
            if (--limit < 0) {
                throw new AssertionError("endless packet");
            }
            byte[] text = normalizer.pieceText();
            EntryOrigin from = normalizer.pieceOrigin();
            events.add(event(
                    from == null ? origin : from,
                    text == null ? packet : text,
                    normalizer.pieceOffset(),
                    normalizer.pieceLength()));
        }
        return events;
    }

    private Normalized event(EntryOrigin from, byte[] text, int offset, int length) {
        EventBatch batch = new EventBatch(1, 256);
        EventBuilder builder = batch.builder();
        builder.begin(from, 1, 2, nowNanos, 1, text, offset, length);
        boolean understood = normalizer.normalize(builder);
        builder.commit();
        lastRaw = new String(text, offset, length, UTF_8);
        return Normalized.of(understood, new Event().moveTo(batch, 0));
    }
}
