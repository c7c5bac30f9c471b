package io.tocsin.event;

import java.util.ArrayList;
import java.util.List;

/// Counts, per minute of reception and source, what happened to events between entry and the durable log. Travels
/// inside the batch record, so the counts are exactly as durable as the events they speak of.
///
/// Thread-safety: one thread at a time.
public final class BatchLedger {
    /// Counters that travel with a batch. Codes are stable on the wire.
    public enum Counter {
        RECEIVED(1),
        FILTERED(2),
        AGGREGATED(3),
        REJECTED(4);

        private final int code;

        Counter(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    /// @param minute minutes since 1970-01-01T00:00Z, of reception
    /// @param service name of the collector
    /// @param source see [EntryOrigin#source()]
    /// @param reason why, for [Counter#REJECTED]; else empty
    public record Entry(long minute, String service, String source, Counter counter, String reason, long value) {}

    private static final long NANOS_PER_MINUTE = 60_000_000_000L;

    private final List<Mutable> entries = new ArrayList<>();
    private final HashChains chains = new HashChains();
    private int last;

    private static final class Mutable {
        final long minute;
        final String service;
        final String source;
        final Counter counter;
        final String reason;
        long value;

        Mutable(long minute, String service, String source, Counter counter, String reason, long value) {
            this.minute = minute;
            this.service = service;
            this.source = source;
            this.counter = counter;
            this.reason = reason;
            this.value = value;
        }

        boolean is(
                long otherMinute, String otherService, String otherSource, Counter otherCounter, String otherReason) {
            return minute == otherMinute
                    && counter == otherCounter
                    && source.equals(otherSource)
                    && service.equals(otherService)
                    && reason.equals(otherReason);
        }
    }

    /// Adds `value` to a counter.
    ///
    /// @param receivedNanos reception time, nanoseconds since the epoch
    public void add(long receivedNanos, EntryOrigin origin, Counter counter, String reason, long value) {
        add(Math.floorDiv(receivedNanos, NANOS_PER_MINUTE), origin.service(), origin.source(), counter, reason, value);
    }

    /// Adds what another ledger holds.
    public void add(Entry entry) {
        add(entry.minute(), entry.service(), entry.source(), entry.counter(), entry.reason(), entry.value());
    }

    /// Adds `value` to a counter of a minute.
    public void add(long minute, String service, String source, Counter counter, String reason, long value) {
        if (last < entries.size() && entries.get(last).is(minute, service, source, counter, reason)) {
            entries.get(last).value += value;
            return;
        }
        int hash = (source.hashCode() * 31 + counter.code()) * 31 + Long.hashCode(minute) + reason.hashCode();
        for (int i = chains.first(hash); i >= 0; i = chains.next(i)) {
            if (entries.get(i).is(minute, service, source, counter, reason)) {
                entries.get(i).value += value;
                last = i;
                return;
            }
        }
        last = entries.size();
        chains.add(hash);
        entries.add(new Mutable(minute, service, source, counter, reason, value));
    }

    /// Number of different counts.
    public int size() {
        return entries.size();
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /// The counts so far, a copy.
    public List<Entry> entries() {
        List<Entry> copy = new ArrayList<>(entries.size());
        for (Mutable entry : entries) {
            copy.add(new Entry(entry.minute, entry.service, entry.source, entry.counter, entry.reason, entry.value));
        }
        return copy;
    }

    void clear() {
        entries.clear();
        chains.clear();
        last = 0;
    }
}
