package io.tocsin.app.up;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.DeliveryClient;
import io.tocsin.pipeline.transport.ReceivedRun;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Picks the batches of those collectors that name a destination. Storage keeps the ledger of all of them: of a
/// collector that does not name it, it gets the counts without the events, and those events count as filtered.
///
/// Thread-safety: one thread.
final class RoutedBatches implements DeliveryClient.Selection {
    private final Predicate<String> routes;
    private final boolean withLedgerOfOthers;
    private final BatchEncoder encoder = new BatchEncoder();

    private record Key(long minute, String service, String source) {}

    private RoutedBatches(Predicate<String> routes, boolean withLedgerOfOthers) {
        this.routes = routes;
        this.withLedgerOfOthers = withLedgerOfOthers;
    }

    /// For storage.
    ///
    /// @param routes true for the names of services whose events are stored
    static RoutedBatches toStorage(Predicate<String> routes) {
        return new RoutedBatches(routes, true);
    }

    /// For a destination that keeps no ledger.
    ///
    /// @param routes true for the names of services whose events go there
    static RoutedBatches to(Predicate<String> routes) {
        return new RoutedBatches(routes, false);
    }

    @Override
    public byte @Nullable [] of(byte[] payload) {
        if (ReceivedRun.isRun(payload)) {
            // The process that collected these delivers them itself to whom they are meant for.
            return null;
        }
        BatchHeader header;
        try {
            header = BatchHeader.read(payload, 0, payload.length);
        } catch (BatchFormatException damaged) {
            // The receiver refuses it for good and it ends among the dead letters, which is told.
            return payload;
        }
        String collector = Routes.deliverable(header.route());
        if (collector == null) {
            // The collector has not decided what becomes of these.
            return null;
        }
        if (routes.test(collector)) {
            return payload;
        }
        return withLedgerOfOthers && !header.ledger().isEmpty() ? ledgerOnly(header) : null;
    }

    private byte[] ledgerOnly(BatchHeader header) {
        EventBatch empty = new EventBatch();
        BatchLedger ledger = empty.ledger();
        Map<Key, Long> left = new LinkedHashMap<>();
        for (BatchLedger.Entry entry : header.ledger()) {
            ledger.add(entry.minute(), entry.service(), entry.source(), entry.counter(), entry.reason(), entry.value());
            left.merge(
                    new Key(entry.minute(), entry.service(), entry.source()),
                    entry.counter() == BatchLedger.Counter.RECEIVED ? entry.value() : -entry.value(),
                    Long::sum);
        }
        left.forEach((key, count) -> {
            if (count > 0) {
                ledger.add(key.minute(), key.service(), key.source(), BatchLedger.Counter.FILTERED, "", count);
            }
        });
        int length = encoder.encode(empty, header.route());
        return Arrays.copyOf(encoder.buffer(), length);
    }
}
