package io.tocsin.pipeline.destination;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.stage.EventCopy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Cuts encoded batches, so that events which belong together travel together and no part is longer than a limit.
/// Every event and every entry of the ledger is in exactly one part; the same batch is always cut the same way.
///
/// Thread-safety: one thread.
final class BatchCuts {
    /// Where a part goes.
    ///
    /// @param partition -1: any
    record Lot(String topic, int partition) {}

    /// A part of a batch. Immutable as long as nobody writes to the bytes.
    static final class Cut {
        private final Lot lot;
        private final byte[] bytes;

        private Cut(Lot lot, byte[] bytes) {
            this.lot = lot;
            this.bytes = bytes;
        }

        Lot lot() {
            return lot;
        }

        /// Encoded events, or entries of the ledger alone.
        byte[] bytes() {
            return bytes;
        }
    }

    /// Half of a batch. Immutable as long as nobody writes to the bytes.
    static final class Half {
        private final byte[] bytes;
        private final int events;
        private final long idHigh;
        private final long idLow;
        private final long receivedNanos;
        private final EntryOrigin origin;

        private Half(byte[] bytes, int events, Event first) {
            this.bytes = bytes;
            this.events = events;
            this.idHigh = first.idHigh();
            this.idLow = first.idLow();
            this.receivedNanos = first.receivedNanos();
            this.origin = first.origin();
        }

        byte[] bytes() {
            return bytes;
        }

        int events() {
            return events;
        }

        /// Of its first event, like what follows.
        long idHigh() {
            return idHigh;
        }

        long idLow() {
            return idLow;
        }

        long receivedNanos() {
            return receivedNanos;
        }

        EntryOrigin origin() {
            return origin;
        }
    }

    private final int maximumBytes;
    private final BatchDecoder decoder = new BatchDecoder();
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventBatch whole = new EventBatch();
    private final Event event = new Event();

    /// @param maximumBytes longest part; a single event may be longer
    BatchCuts(int maximumBytes) {
        this.maximumBytes = maximumBytes;
    }

    /// Cuts a batch.
    ///
    /// @param lotOf where events of an origin go; asked once for each origin
    /// @throws BatchFormatException when it is damaged
    List<Cut> cut(byte[] source, int offset, int length, Function<EntryOrigin, Lot> lotOf) {
        BatchHeader header = decoder.decode(source, offset, length, whole);
        Map<EntryOrigin, Lot> lots = new LinkedHashMap<>();
        Map<Lot, EventBatch> byLot = new LinkedHashMap<>();
        Map<String, Lot> bySource = new LinkedHashMap<>();
        for (int i = 0; i < whole.count(); i++) {
            EntryOrigin origin = whole.origin(i);
            Lot lot = lots.computeIfAbsent(origin, lotOf);
            bySource.putIfAbsent(origin.source(), lot);
        }
        List<Lot> used = lots.values().stream().distinct().toList();
        if (used.size() == 1 && length <= maximumBytes) {
            return List.of(new Cut(used.getFirst(), Arrays.copyOfRange(source, offset, offset + length)));
        }
        for (int i = 0; i < whole.count(); i++) {
            event.moveTo(whole, i);
            Lot lot = lots.getOrDefault(event.origin(), used.getFirst());
            EventBatch part = byLot.computeIfAbsent(lot, _ -> new EventBatch());
            EventCopy.open(event, part.builder(), event.sequence());
            part.builder().commit();
        }
        for (BatchLedger.Entry entry : whole.ledger().entries()) {
            Lot lot = bySource.get(entry.source());
            if (lot == null) {
                // Of a source all of whose events were filtered.
                lot = lotOf.apply(new EntryOrigin("", entry.service(), "", entry.source(), -1, "", -1, ""));
            }
            byLot.computeIfAbsent(lot, _ -> new EventBatch()).ledger().add(entry);
        }
        List<Cut> cuts = new ArrayList<>();
        byLot.forEach((lot, part) -> halve(lot, part, header.route(), cuts));
        whole.clear();
        return cuts;
    }

    private void halve(Lot lot, EventBatch part, String route, List<Cut> into) {
        int length = encoder.encode(part, route, true);
        if (length <= maximumBytes || part.count() <= 1) {
            into.add(new Cut(lot, Arrays.copyOf(encoder.buffer(), length)));
            return;
        }
        EventBatch first = new EventBatch();
        EventBatch second = new EventBatch();
        halve(part, first, second);
        halve(lot, first, route, into);
        halve(lot, second, route, into);
    }
    /// The first half has the ledger.
    private static void halve(EventBatch part, EventBatch first, EventBatch second) {
        for (BatchLedger.Entry entry : part.ledger().entries()) {
            first.ledger().add(entry);
        }
        Event event = new Event();
        for (int i = 0; i < part.count(); i++) {
            event.moveTo(part, i);
            EventBatch half = i < part.count() / 2 ? first : second;
            EventCopy.open(event, half.builder(), event.sequence());
            half.builder().commit();
        }
    }

    /// Cuts a batch of at least two events in two.
    ///
    /// @throws BatchFormatException when it is damaged
    static List<Half> halves(byte[] source, int offset, int length) {
        EventBatch whole = new EventBatch();
        BatchHeader header = new BatchDecoder().decode(source, offset, length, whole);
        EventBatch first = new EventBatch();
        EventBatch second = new EventBatch();
        halve(whole, first, second);
        return List.of(half(first, header.route()), half(second, header.route()));
    }

    private static Half half(EventBatch events, String route) {
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(events, route, true);
        return new Half(Arrays.copyOf(encoder.buffer(), length), events.count(), new Event().moveTo(events, 0));
    }
}
