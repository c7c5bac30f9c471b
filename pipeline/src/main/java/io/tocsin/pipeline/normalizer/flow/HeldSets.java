package io.tocsin.pipeline.normalizer.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Sets of records whose template has not come, oldest first. Bounded in time and bytes: what is beyond goes on
/// undecoded.
///
/// Thread-safety: one thread, except [#untilNanos()].
final class HeldSets {
    /// What a held set costs beside its bytes.
    private static final int OVERHEAD_BYTES = 200;

    /// A set of records that waits.
    static final class Held {
        private final FlowSession session;
        private final FlowHeader header;
        private final int template;
        private final byte[] packet;
        private final int setOffset;
        private final long untilNanos;

        private Held(
                FlowSession session, FlowHeader header, int template, byte[] packet, int setOffset, long untilNanos) {
            this.session = session;
            this.header = header;
            this.template = template;
            this.packet = packet;
            this.setOffset = setOffset;
            this.untilNanos = untilNanos;
        }

        FlowSession session() {
            return session;
        }

        FlowHeader header() {
            return header;
        }

        int template() {
            return template;
        }

        /// The header of its packet and the set.
        byte[] packet() {
            return packet;
        }

        /// Where the set begins in [#packet()].
        int setOffset() {
            return setOffset;
        }
    }

    private final long holdNanos;
    private final long maximumBytes;
    private final ArrayDeque<Held> sets = new ArrayDeque<>();
    private long bytes;
    private volatile long untilNanos = Long.MAX_VALUE;

    HeldSets(long holdNanos, long maximumBytes) {
        this.holdNanos = holdNanos;
        this.maximumBytes = maximumBytes;
    }

    void add(FlowSession session, FlowHeader header, int template, byte[] packet, int setOffset, long nowNanos) {
        sets.add(new Held(session, header, template, packet, setOffset, nowNanos + holdNanos));
        bytes += packet.length + OVERHEAD_BYTES;
        note();
    }

    /// Takes out the oldest set when it waited for too long, or when there are too many; null otherwise.
    @Nullable
    Held expired(long nowNanos) {
        Held first = sets.peek();
        if (first == null || (bytes <= maximumBytes && first.untilNanos > nowNanos)) {
            return null;
        }
        sets.remove();
        bytes -= first.packet.length + OVERHEAD_BYTES;
        note();
        return first;
    }

    /// Takes out the sets that waited for a template that is known now, in the order in which they came.
    ///
    /// @param sender whose templates came
    /// @param templates their numbers
    List<Held> release(FlowSession.Key sender, BitSet templates) {
        if (sets.isEmpty() || templates.isEmpty()) {
            return List.of();
        }
        List<Held> released = new ArrayList<>();
        for (Iterator<Held> all = sets.iterator(); all.hasNext(); ) {
            Held held = all.next();
            FlowSession.Key key = held.session.key();
            // A template of another port may be the one that is missing: the session decides.
            if (templates.get(held.template)
                    && key.domain() == sender.domain()
                    && key.protocol() == sender.protocol()
                    && key.address().equals(sender.address())
                    && held.session.template(held.template) != null) {
                all.remove();
                bytes -= held.packet.length + OVERHEAD_BYTES;
                released.add(held);
            }
        }
        note();
        return released;
    }

    private void note() {
        Held first = sets.peek();
        untilNanos = first == null ? Long.MAX_VALUE : bytes > maximumBytes ? 0 : first.untilNanos;
    }

    /// When the oldest set has waited for too long; `Long.MAX_VALUE` when there is none. Any thread may ask.
    long untilNanos() {
        return untilNanos;
    }
}
