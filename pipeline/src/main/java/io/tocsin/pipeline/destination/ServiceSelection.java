package io.tocsin.pipeline.destination;

import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.pipeline.filter.EventFilter;
import io.tocsin.pipeline.filter.FilterPlan;
import io.tocsin.pipeline.stage.EventCopy;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.DeliveryClient;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What of a record of the log another service of the installation gets: the batches of those collectors that name
/// it, and of them the events that its filters let through, unchanged.
///
/// A storage keeps the ledger of all: it also gets the counts of what it does not get, and those
/// events count as filtered.
///
/// Pitfalls: depends on the bytes and on the filters. After a change of the filters a run that was on its way may
/// be sent with other events than in its first attempt.
///
/// Thread-safety: one thread; any thread reads figures.
public final class ServiceSelection implements DeliveryClient.Selection {
    private static final long NANOS_PER_MINUTE = 60_000_000_000L;

    private final RecordRouting routing;
    private final boolean withLedger;
    private final boolean passesLedger;
    private final List<Filter> filters = new ArrayList<>();
    private final BatchDecoder decoder = new BatchDecoder();
    private final BatchEncoder encoder = new BatchEncoder();
    private final EventBatch batch = new EventBatch();
    private final EventBatch kept = new EventBatch();
    private final Event event = new Event();

    private record Filter(String name, CompiledCondition condition, boolean keep, AtomicLong dropped) {}

    private record Key(long minute, String service, String source) {}

    /// What a storage gets of what collectors of this process wrote.
    ///
    /// @param services true for the names of collectors whose events are stored
    public static ServiceSelection toStorage(Predicate<String> services) {
        return new ServiceSelection(RecordRouting.of(services), List.of(), true, true);
    }

    /// What a service that keeps no ledger gets of what collectors of this process wrote.
    ///
    /// @param services true for the names of collectors whose events go there
    public static ServiceSelection to(Predicate<String> services) {
        return new ServiceSelection(RecordRouting.of(services), List.of(), false, false);
    }

    /// @param withLedger true: the receiver keeps the ledger
    /// @param passesLedger true: the receiver keeps the ledger, or passes it on to who does
    ServiceSelection(RecordRouting routing, List<FilterPlan> plans, boolean withLedger, boolean passesLedger) {
        this.routing = routing;
        this.withLedger = withLedger;
        this.passesLedger = passesLedger;
        for (FilterPlan plan : plans) {
            String name = plan.name() + (filters.isEmpty() ? "" : "-" + (filters.size() + 1));
            filters.add(new Filter(
                    name, plan.condition().compile(), plan.mode() == EventFilter.Mode.KEEP, new AtomicLong()));
        }
    }

    @Override
    public boolean tellsOfLosses() {
        return passesLedger;
    }

    @Override
    public byte @Nullable [] of(byte[] payload) {
        int at = routing.batchesAt(payload);
        if (at < 0) {
            return null;
        }
        if (at == 0 && isWanted(payload)) {
            return payload;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length - at);
        try {
            while (at < payload.length) {
                BatchHeader header = BatchHeader.read(payload, at, payload.length - at);
                int end = header.totalLength();
                select(payload, at, end, header, out);
                at = end;
            }
        } catch (BatchFormatException damaged) {
            // The receiver refuses it for good and it ends among the dead letters, which is told.
            out.write(payload, at, payload.length - at);
        }
        return out.size() == 0 ? null : out.toByteArray();
    }

    /// Whether a record of one batch goes out as it is, which is nearly always so: nothing is copied
    /// then.
    private boolean isWanted(byte[] payload) {
        try {
            BatchHeader header = BatchHeader.read(payload, 0, payload.length);
            return header.totalLength() == payload.length
                    && (filters.isEmpty() || header.count() == 0)
                    && routing.takes(header);
        } catch (BatchFormatException damaged) {
            // The receiver refuses it for good and it ends among the dead letters, which is told.
            return true;
        }
    }

    private void select(byte[] payload, int at, int end, BatchHeader header, ByteArrayOutputStream out) {
        if (Routes.deliverable(header.route()) == null) {
            // The collector has not decided what becomes of these.
            return;
        }
        boolean mine = routing.takes(header);
        if (mine && (filters.isEmpty() || header.count() == 0)) {
            out.write(payload, at, end - at);
            return;
        }
        kept.clear();
        Map<Key, Long> dropped = new LinkedHashMap<>();
        if (mine) {
            decoder.decode(payload, at, end - at, batch);
            for (int i = 0; i < batch.count(); i++) {
                event.moveTo(batch, i);
                if (isFor(event)) {
                    EventCopy.open(event, kept.builder(), event.sequence());
                    kept.builder().commit();
                }
            }
            if (kept.count() == batch.count()) {
                out.write(payload, at, end - at);
                return;
            }
        }
        if (withLedger) {
            left(header, dropped);
            header.ledger().forEach(entry -> kept.ledger().add(entry));
            dropped.forEach((key, count) -> {
                if (count > 0) {
                    kept.ledger().add(key.minute, key.service, key.source, BatchLedger.Counter.FILTERED, "", count);
                }
            });
        }
        if (!kept.isEmpty() || !kept.ledger().isEmpty()) {
            int length = encoder.encode(kept, header.route());
            out.write(encoder.buffer(), 0, length);
        }
    }

    /// What the ledger counts as going on and this receiver does not get.
    private void left(BatchHeader header, Map<Key, Long> left) {
        for (BatchLedger.Entry entry : header.ledger()) {
            left.merge(
                    new Key(entry.minute(), entry.service(), entry.source()),
                    entry.counter() == BatchLedger.Counter.RECEIVED ? entry.value() : -entry.value(),
                    Long::sum);
        }
        for (int i = 0; i < kept.count(); i++) {
            event.moveTo(kept, i);
            Key key = new Key(
                    Math.floorDiv(event.receivedNanos(), NANOS_PER_MINUTE),
                    event.origin().service(),
                    event.origin().source());
            left.merge(key, -1L, Long::sum);
        }
    }

    private boolean isFor(Event candidate) {
        for (Filter filter : filters) {
            if (filter.condition.test(candidate) != filter.keep) {
                filter.dropped.incrementAndGet();
                return false;
            }
        }
        return true;
    }

    /// Events that were not for the receiver, by the name of the filter.
    Map<String, Long> filtered() {
        Map<String, Long> counts = new LinkedHashMap<>();
        filters.forEach(filter -> counts.put(filter.name, filter.dropped.get()));
        return counts;
    }
}
