package io.tocsin.storage;

import static io.tocsin.storage.StorageMetrics.Counter.DELIVERIES_OUT_OF_ORDER;
import static io.tocsin.storage.StorageMetrics.Counter.DELIVERIES_POSTPONED;
import static io.tocsin.storage.StorageMetrics.Counter.DELIVERIES_REFUSED;
import static io.tocsin.storage.StorageMetrics.Counter.DELIVERIES_REPEATED;
import static io.tocsin.storage.StorageMetrics.Counter.DELIVERIES_STORED;
import static io.tocsin.storage.StorageMetrics.Counter.DELIVERY_BYTES;
import static io.tocsin.storage.StorageMetrics.Counter.EVENTS_DUPLICATE;
import static io.tocsin.storage.StorageMetrics.Counter.EVENTS_STORED;
import static io.tocsin.storage.StorageMetrics.Counter.INSERT_MILLISECONDS;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EventBatch;
import io.tocsin.storage.store.Inserter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/// Takes deliveries: `POST /delivery/v1`, see the wire contract in ARCHITECTURE.md. While one delivery is stored
/// the next ones are read and decoded; more than that are sent away with 429, so the memory is bounded.
///
/// Thread-safety: any thread.
final class DeliveryEndpoint {
    /// Deliveries in memory at the same time.
    private static final int SLOTS = 3;

    /// A run is at least one batch, which may have the largest size there is.
    private static final int MAXIMUM_BODY_BYTES = BatchHeader.MAXIMUM_BYTES + (16 << 20);

    private final Inserter inserter;
    private final StorageMetrics metrics;
    private final Semaphore slots = new Semaphore(SLOTS);
    private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();

    /// A decoder and its batches, kept for the next delivery.
    private record Workspace(BatchDecoder decoder, List<EventBatch> batches) {}

    DeliveryEndpoint(Inserter inserter, StorageMetrics metrics) {
        this.inserter = inserter;
        this.metrics = metrics;
    }

    void handle(Exchange exchange) throws IOException {
        DeliveryRun run = DeliveryRun.parse(exchange::header)
                .orElseThrow(
                        () -> TocsinException.invalidRequest("the headers that name the delivery are missing or wrong; "
                                + "send " + DeliveryRun.PRODUCER_HEADER + ", " + DeliveryRun.EPOCH_HEADER + ", "
                                + DeliveryRun.FIRST_SEQUENCE_HEADER + " and " + DeliveryRun.COUNT_HEADER));
        if (!slots.tryAcquire()) {
            metrics.add(DELIVERIES_POSTPONED, 1);
            throw TocsinException.of(ErrorCode.PEER_BUSY, "other deliveries are being stored; try again in a moment");
        }
        try {
            store(exchange, run);
        } finally {
            slots.release();
        }
    }

    private void store(Exchange exchange, DeliveryRun run) throws IOException {
        byte[] body = exchange.body(MAXIMUM_BODY_BYTES);
        metrics.add(DELIVERY_BYTES, body.length);
        Workspace workspace = workspaces.poll();
        if (workspace == null) {
            workspace = new Workspace(new BatchDecoder(), new ArrayList<>());
        }
        try {
            int used = decode(run, body, workspace);
            long startedNanos = System.nanoTime();
            Inserter.Outcome outcome = inserter.insert(run, workspace.batches().subList(0, used));
            metrics.add(INSERT_MILLISECONDS, (System.nanoTime() - startedNanos) / 1_000_000);
            metrics.add(outcome.events() > 0 || outcome.duplicates() > 0 ? DELIVERIES_STORED : DELIVERIES_REPEATED, 1);
            metrics.add(EVENTS_STORED, outcome.events());
            metrics.add(EVENTS_DUPLICATE, outcome.duplicates());
            exchange.json(200, "{\"next\":" + outcome.next() + "}");
        } catch (Inserter.SequenceGapException e) {
            metrics.add(DELIVERIES_OUT_OF_ORDER, 1);
            exchange.json(409, "{\"expected\":" + e.expected() + "}");
        } catch (TocsinException e) {
            metrics.add(e.code().retriable() ? DELIVERIES_POSTPONED : DELIVERIES_REFUSED, 1);
            throw e;
        } finally {
            workspace.batches().forEach(EventBatch::clear);
            workspaces.add(workspace);
        }
    }

    private static int decode(DeliveryRun run, byte[] body, Workspace workspace) {
        int position = 0;
        int used = 0;
        long events = 0;
        try {
            while (position < body.length) {
                if (used == workspace.batches().size()) {
                    workspace.batches().add(new EventBatch());
                }
                EventBatch batch = workspace.batches().get(used++);
                BatchHeader header = workspace.decoder().decode(body, position, body.length - position, batch);
                position = header.totalLength();
                events += batch.count();
            }
        } catch (BatchFormatException e) {
            throw TocsinException.of(
                    ErrorCode.CORRUPT_BATCH,
                    "the delivery is damaged [run=" + run + ", byte=" + position + "]: " + e.getMessage(),
                    e);
        }
        if (events > run.count()) {
            throw TocsinException.of(
                    ErrorCode.CORRUPT_BATCH,
                    "the delivery holds more events than its run covers [run=" + run + ", events=" + events + "]");
        }
        return used;
    }
}
