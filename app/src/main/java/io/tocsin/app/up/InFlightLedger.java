package io.tocsin.app.up;

import io.tocsin.core.ledger.LedgerEntry;
import io.tocsin.core.ledger.LedgerView;
import io.tocsin.core.ledger.LogPlaces;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.topology.RemovedCollectors;
import io.tocsin.pipeline.topology.Routes;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the batches say that lie in logs and that storage has not acknowledged: the part of the ledger that storage
/// cannot know yet. Reads only what was appended since the last call and what is not acknowledged; keeps a few
/// numbers per waiting batch.
///
/// Thread-safety: any thread; one at a time works.
final class InFlightLedger implements LedgerView {
    private static final long MILLIS_PER_MINUTE = 60_000;
    private static final int RECORDS_PER_POLL = 256;
    private static final long BYTES_PER_POLL = 16 << 20;

    private final List<Source> sources = new ArrayList<>();
    /// What collectors hold over, by collector.
    private IdentityHashMap<Object, Source> holding = new IdentityHashMap<>();
    private Runnable follow = () -> {};
    private final EventFinder finder;

    /// @param finder looks for single events
    InFlightLedger(EventFinder finder) {
        this.finder = finder;
    }

    @Override
    public LogPlaces find(UUID id, @Nullable Long madeAtMillis) {
        return finder.find(id, madeAtMillis);
    }

    private record Waiting(LogPosition end, List<BatchLedger.Entry> entries) {}

    private record Key(long minute, String service, String source) {}

    /// Thread-safety: guarded by the ledger.
    private static final class Source {
        final Supplier<LogPosition> acknowledged;
        final LogReader reader;
        final Predicate<String> routes;
        final Supplier<List<BatchLedger.Entry>> held;
        final Deque<Waiting> waiting = new ArrayDeque<>();

        Source(
                Supplier<LogPosition> acknowledged,
                LogReader reader,
                Predicate<String> routes,
                Supplier<List<BatchLedger.Entry>> held) {
            this.acknowledged = acknowledged;
            this.reader = reader;
            this.routes = routes;
            this.held = held;
        }
    }

    /// Thread-safety: guarded by the ledger.
    private static final class Sum {
        final Map<String, Long> rejected = new HashMap<>();
        long received;
        long filtered;
        long aggregated;

        void add(BatchLedger.Entry entry) {
            switch (entry.counter()) {
                case RECEIVED -> received += entry.value();
                case FILTERED -> filtered += entry.value();
                case AGGREGATED -> aggregated += entry.value();
                case REJECTED -> rejected.merge(entry.reason(), entry.value(), Long::sum);
            }
        }

        long inFlight() {
            long lost = rejected.values().stream().mapToLong(Long::longValue).sum();
            return received - filtered - aggregated - lost;
        }
    }

    /// Watches a log from now on.
    ///
    /// @param consumer what it has committed is stored
    synchronized void watch(DurableLog log, String consumer) {
        Supplier<LogPosition> acknowledged = () -> log.metrics().consumers().stream()
                .filter(backlog -> backlog.name().equals(consumer))
                .map(LogMetrics.ConsumerBacklog::committed)
                .findFirst()
                .orElseGet(log::start);
        sources.add(new Source(acknowledged, log.reader(acknowledged.get()), route -> !Routes.isHeld(route), List::of));
    }

    /// Watches what collectors hold over, to join or to fold events: what they have taken out of the log, and what
    /// they have not come to; also what those held over that are not there any more, until it is given out.
    /// Collectors may come and go.
    synchronized void watch(DurableLog log, CollectorSet collectors) {
        follow = () -> follow(log, collectors);
    }

    private void follow(DurableLog log, CollectorSet collectors) {
        IdentityHashMap<Object, Source> gone = holding;
        holding = new IdentityHashMap<>();
        for (CollectorTopology collector : collectors.topologies()) {
            LogPosition from = collector.heldFrom();
            if (from != null) {
                Source known = gone.remove(collector);
                holding.put(
                        collector,
                        known != null
                                ? known
                                : held(
                                        log,
                                        collector.config().name(),
                                        () -> Objects.requireNonNullElse(collector.heldFrom(), from),
                                        collector::held));
            }
        }
        for (RemovedCollectors.Removed collector : collectors.removed()) {
            Source known = gone.remove(collector);
            holding.put(
                    collector,
                    known != null ? known : held(log, collector.name(), collector::heldFrom, collector::held));
        }
        gone.values().forEach(source -> source.reader.close());
    }

    private static Source held(
            DurableLog log, String collector, Supplier<LogPosition> dealtWith, Supplier<List<BatchLedger.Entry>> held) {
        return new Source(dealtWith, log.reader(dealtWith.get()), Routes.held(collector)::equals, held);
    }

    @Override
    public synchronized List<LedgerEntry> unacknowledged(long fromMillis, long toMillis) {
        Map<Key, Sum> sums = new HashMap<>();
        follow.run();
        List<Source> all = new ArrayList<>(sources);
        all.addAll(holding.values());
        for (Source source : all) {
            catchUp(source);
            List<List<BatchLedger.Entry>> batches = new ArrayList<>();
            source.waiting.forEach(batch -> batches.add(batch.entries()));
            batches.add(source.held.get());
            for (List<BatchLedger.Entry> entries : batches) {
                for (BatchLedger.Entry entry : entries) {
                    long minute = entry.minute() * MILLIS_PER_MINUTE;
                    if (minute + MILLIS_PER_MINUTE > fromMillis && minute < toMillis) {
                        sums.computeIfAbsent(new Key(minute, entry.service(), entry.source()), _ -> new Sum())
                                .add(entry);
                    }
                }
            }
        }
        List<LedgerEntry> result = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> result.add(new LedgerEntry(
                key.minute(),
                key.service(),
                key.source(),
                sum.received,
                sum.filtered,
                sum.aggregated,
                sum.rejected,
                sum.inFlight())));
        return result;
    }

    private static void catchUp(Source source) {
        LogPosition acknowledged = source.acknowledged.get();
        while (!source.waiting.isEmpty() && source.waiting.getFirst().end().compareTo(acknowledged) <= 0) {
            source.waiting.removeFirst();
        }
        if (source.reader.position().compareTo(acknowledged) < 0) {
            source.reader.seek(acknowledged);
        }
        try {
            List<LogRecord> records = source.reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord logged : records) {
                    source.waiting.addLast(new Waiting(logged.end(), entries(logged, source.routes)));
                }
                records = source.reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<BatchLedger.Entry> entries(LogRecord logged, Predicate<String> routes) {
        try {
            BatchHeader header = BatchHeader.read(logged.payload(), 0, logged.payload().length);
            return routes.test(header.route()) ? header.ledger() : List.of();
        } catch (BatchFormatException unreadable) {
            // Delivery will refuse it loudly; here it only has no counts.
            return List.of();
        }
    }
}
