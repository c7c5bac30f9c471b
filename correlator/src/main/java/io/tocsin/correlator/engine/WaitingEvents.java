package io.tocsin.correlator.engine;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Events that wait for their time, in the order in which strict rules see them: at one time first
/// changes of tables, then what the correlator itself said, then events by their identifiers.
///
/// Thread-safety: one thread.
final class WaitingEvents {
    /// Changes of tables come before anything else of their time.
    private static final long CHANGE = -1;

    private final PriorityQueue<Waiting> events = new PriorityQueue<>();
    private long told;

    /// What one event has led to, as far as it was done in one turn of the engine: a restart may lie between two.
    static final class Descent {
        private final long turn;
        /// Correlation events that were shown to rules because of it.
        private int looped;

        Descent(long turn) {
            this.turn = turn;
        }

        boolean isOf(long otherTurn) {
            return turn == otherTurn;
        }

        /// Counts one more.
        ///
        /// @return how many there are
        int grow() {
            return ++looped;
        }
    }

    /// @param told number of what the correlator itself said, in that order; [Long#MAX_VALUE] for other
    ///     events, which come after it, and [#CHANGE] for changes of tables, which come before
    /// @param hops how many rules it went through
    /// @param descent of what it follows from; null for what follows from nothing that is being done
    record Waiting(
            long timeMillis,
            long told,
            long idHigh,
            long idLow,
            int hops,
            EventBatch event,
            @Nullable Descent descent) implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            if (timeMillis != other.timeMillis) {
                return Long.compare(timeMillis, other.timeMillis);
            }
            if (told != other.told) {
                return Long.compare(told, other.told);
            }
            int high = Long.compareUnsigned(idHigh, other.idHigh);
            return high == 0 ? Long.compareUnsigned(idLow, other.idLow) : high;
        }

        /// True for a change of a table.
        boolean isChange() {
            return told == CHANGE;
        }
    }

    /// Adds an event that came from outside.
    void add(long timeMillis, Event event, EventBatch copy) {
        events.add(new Waiting(timeMillis, Long.MAX_VALUE, event.idHigh(), event.idLow(), 0, copy, null));
    }

    /// Adds a change of a table.
    void addChange(long timeMillis, Event event, EventBatch copy) {
        events.add(new Waiting(timeMillis, CHANGE, event.idHigh(), event.idLow(), 0, copy, null));
    }

    /// Adds what the correlator itself says.
    ///
    /// @param hops how many rules it went through, at least 1
    void addTold(long timeMillis, int hops, EventBatch event, @Nullable Descent descent) {
        events.add(new Waiting(timeMillis, told++, event.idHigh(0), event.idLow(0), hops, event, descent));
    }

    @Nullable
    Waiting peek() {
        return events.peek();
    }

    Waiting remove() {
        return events.remove();
    }

    int size() {
        return events.size();
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    void absorb(WaitingEvents other) {
        events.addAll(other.events);
    }

    void write(StateWriter out) {
        out.count(events.size());
        BatchEncoder encoder = new BatchEncoder();
        for (Waiting each : events.stream().sorted().toList()) {
            out.number(each.timeMillis());
            out.count(each.hops());
            int length = encoder.encode(each.event(), "", false);
            out.blob(encoder.buffer(), 0, length);
        }
    }

    void read(StateReader in) {
        events.clear();
        int count = in.size();
        BatchDecoder decoder = new BatchDecoder();
        Event event = new Event();
        for (int i = 0; i < count; i++) {
            long time = in.number();
            int hops = in.smallCount();
            byte[] bytes = in.blob();
            EventBatch batch = new EventBatch(1, 512);
            decoder.decode(bytes, 0, bytes.length, batch);
            event.moveTo(batch, 0);
            // They were written in their order.
            if (batch.hasFlag(0, EventBatch.FLAG_TABLE_CHANGE)) {
                events.add(new Waiting(time, CHANGE, event.idHigh(), event.idLow(), hops, batch, null));
            } else if (hops == 0) {
                add(time, event, batch);
            } else {
                addTold(time, hops, batch, null);
            }
        }
    }
}
