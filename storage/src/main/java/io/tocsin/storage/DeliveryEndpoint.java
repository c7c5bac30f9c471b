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
import io.tocsin.event.DeliveryBody;
import io.tocsin.event.DeliveryRun;
import io.tocsin.event.EventBatch;
import io.tocsin.storage.store.Inserter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Takes deliveries: `POST /delivery/v1`, see the wire contract in ARCHITECTURE.md. While one delivery is stored
/// the next ones are read and decoded; more than that are sent away with 429, so the memory is bounded.
///
/// Thread-safety: any thread.
final class DeliveryEndpoint {
    /// Deliveries in memory at the same time.
    private static final int SLOTS = 3;

    /// Small batches are decoded into one until it holds this much. A run can have tens of thousands of batches of one
    /// event each, after an hour in which the storage was away and little came.
    private static final int EVENTS_TOGETHER = 4096;

    private static final int ARENA_BYTES_TOGETHER = 1 << 20;
    private static final int COUNTS_TOGETHER = 512;

    /// Batches that a workspace keeps for the next delivery.
    private static final int KEPT_BATCHES = 4;

    /// Longest text of all events of a delivery in memory. A delivery that unpacks to more is refused, so that its
    /// sender tries with fewer records; one batch alone is always taken.
    private static final long MAXIMUM_PLAIN_BYTES = 2L * BatchHeader.MAXIMUM_BYTES;

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
        exchange.http().getResponseHeaders().set(DeliveryBody.ACCEPT_HEADER, DeliveryBody.ZSTD);
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
        String encoding = exchange.header(DeliveryBody.ENCODING_HEADER);
        byte[] body = read(exchange, encoding, run);
        metrics.add(DELIVERY_BYTES, body.length);
        if (!DeliveryBody.isKnown(encoding) || !run.isIntact(exchange::header, body, 0, body.length)) {
            metrics.add(DELIVERIES_POSTPONED, 1);
            throw TocsinException.of(
                    ErrorCode.DELIVERY_DAMAGED,
                    "the delivery did not arrive as it was sent, or without a checksum [run=" + run + ", bytes="
                            + body.length + "]; send it again");
        }
        Workspace workspace = workspaces.poll();
        if (workspace == null) {
            workspace = new Workspace(new BatchDecoder(), new ArrayList<>());
        }
        try {
            int used = decode(run, body, workspace);
            long startedNanos = System.nanoTime();
            Inserter.Outcome outcome = inserter.insert(
                    run, workspace.batches().subList(0, used), DeliveryRun.bodyChecksum(body, 0, body.length));
            metrics.add(INSERT_MILLISECONDS, (System.nanoTime() - startedNanos) / 1_000_000);
            metrics.add(outcome.events() > 0 || outcome.duplicates() > 0 ? DELIVERIES_STORED : DELIVERIES_REPEATED, 1);
            metrics.add(EVENTS_STORED, outcome.events());
            metrics.add(EVENTS_DUPLICATE, outcome.duplicates());
            exchange.json(200, "{\"next\":" + outcome.next() + "}");
        } catch (Inserter.KnownRunException e) {
            metrics.add(DELIVERIES_OUT_OF_ORDER, 1);
            exchange.json(409, e.answer());
        } catch (Inserter.SequenceGapException e) {
            metrics.add(DELIVERIES_OUT_OF_ORDER, 1);
            exchange.json(409, "{\"expected\":" + e.expected() + "}");
        } catch (TocsinException e) {
            metrics.add(e.code().retriable() ? DELIVERIES_POSTPONED : DELIVERIES_REFUSED, 1);
            throw e;
        } finally {
            List<EventBatch> batches = workspace.batches();
            if (batches.size() > KEPT_BATCHES) {
                batches.subList(KEPT_BATCHES, batches.size()).clear();
            }
            batches.forEach(EventBatch::clear);
            workspaces.add(workspace);
        }
    }

    private byte[] read(Exchange exchange, @Nullable String encoding, DeliveryRun run) throws IOException {
        try {
            return DeliveryBody.read(exchange.http().getRequestBody(), encoding, 0, MAXIMUM_BODY_BYTES);
        } catch (DeliveryBody.Unreadable e) {
            metrics.add(e.isTooLong() ? DELIVERIES_REFUSED : DELIVERIES_POSTPONED, 1);
            throw e.isTooLong()
                    ? TocsinException.invalidRequest("the body is too long [limit=" + MAXIMUM_BODY_BYTES + "]")
                    : TocsinException.of(
                            ErrorCode.DELIVERY_DAMAGED,
                            "the delivery did not arrive as it was sent [run=" + run + "]: " + e.getMessage()
                                    + "; send it again",
                            e);
        }
    }

    private static boolean isFull(EventBatch batch) {
        return batch.count() >= EVENTS_TOGETHER
                || batch.arenaLength() >= ARENA_BYTES_TOGETHER
                || batch.ledger().size() >= COUNTS_TOGETHER;
    }

    /// Decodes the body into the first batches of the workspace, which are empty.
    ///
    /// @return how many of them are used
    private static int decode(DeliveryRun run, byte[] body, Workspace workspace) {
        int position = 0;
        int used = 0;
        long events = 0;
        try {
            long plainBytes = 0;
            EventBatch batch = null;
            while (position < body.length) {
                if (batch == null || isFull(batch)) {
                    if (used == workspace.batches().size()) {
                        workspace.batches().add(new EventBatch());
                    }
                    batch = workspace.batches().get(used++);
                }
                int before = batch.arenaLength();
                BatchHeader header = workspace.decoder().append(body, position, body.length - position, batch);
                boolean first = position == 0;
                position = header.totalLength();
                events += header.count();
                plainBytes += batch.arenaLength() - before;
                if (plainBytes > MAXIMUM_PLAIN_BYTES && !(first && position == body.length)) {
                    throw TocsinException.invalidRequest("the delivery is too long when it is unpacked [run=" + run
                            + ", limit=" + MAXIMUM_PLAIN_BYTES + "]; send fewer batches at a time");
                }
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
