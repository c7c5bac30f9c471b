package io.tocsin.core.ledger;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.TimeText;
import io.tocsin.core.storage.StorageClient;
import io.tocsin.core.storage.StoredEvents;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/// The event balance: `received − stored − filtered − aggregated − rejected − in flight`, 0 when nothing was lost.
/// While events flow, a batch may be acknowledged between the two looks that this takes, so the balance may swing
/// for a moment.
@RestController
final class LedgerController {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long DEFAULT_RANGE_MILLIS = Duration.ofHours(1).toMillis();
    private static final long MAX_RANGE_MILLIS = Duration.ofDays(31).toMillis();

    /// The address of one line of the ledger.
    private record Key(long minute, String collector, String source) {}

    /// A line of the answer.
    record Line(
            long minute,
            String collector,
            String source,
            long received,
            long stored,
            long filtered,
            long aggregated,
            Map<String, Long> rejected,
            long inFlight,
            long balance) {}

    record Totals(
            long received, long stored, long filtered, long aggregated, Map<String, Long> rejected, long inFlight) {}

    record Ledger(long from, long to, Totals totals, long balance, List<Line> entries) {}

    /// Adds up; lives for one request.
    ///
    /// Thread-safety: one thread.
    private static final class Sum {
        private long received;
        private long stored;
        private long filtered;
        private long aggregated;
        private final Map<String, Long> rejected = new TreeMap<>();
        private long inFlight;

        void add(LedgerEntry entry) {
            received += entry.received();
            filtered += entry.filtered();
            aggregated += entry.aggregated();
            entry.rejected().forEach((reason, count) -> rejected.merge(reason, count, Long::sum));
            inFlight += entry.inFlight();
        }

        void add(JsonNode entry) {
            received += entry.path("received").asLong(0);
            stored += entry.path("stored").asLong(0);
            filtered += entry.path("filtered").asLong(0);
            aggregated += entry.path("aggregated").asLong(0);
            entry.path("rejected")
                    .properties()
                    .forEach(reason ->
                            rejected.merge(reason.getKey(), reason.getValue().asLong(0), Long::sum));
        }

        void add(Sum other) {
            received += other.received;
            stored += other.stored;
            filtered += other.filtered;
            aggregated += other.aggregated;
            other.rejected.forEach((reason, count) -> rejected.merge(reason, count, Long::sum));
            inFlight += other.inFlight;
        }

        long balance() {
            long refused = rejected.values().stream().mapToLong(Long::longValue).sum();
            return received - stored - filtered - aggregated - refused - inFlight;
        }

        Line line(Key key) {
            return new Line(
                    key.minute(),
                    key.collector(),
                    key.source(),
                    received,
                    stored,
                    filtered,
                    aggregated,
                    rejected,
                    inFlight,
                    balance());
        }
    }

    private final StorageClient storage;
    private final LedgerView view;
    private final EventTracer tracer;
    private final InstantSource clock;

    LedgerController(StorageClient storage, LedgerView view, InstantSource clock) {
        this.storage = storage;
        this.view = view;
        this.tracer = new EventTracer(new StoredEvents(storage), view);
        this.clock = clock;
    }

    @GetMapping("/api/v1/ledger/event/{id}")
    EventTrace event(@PathVariable String id) {
        return tracer.trace(StoredEvents.id(id));
    }

    @GetMapping("/api/v1/ledger")
    Ledger ledger(
            @RequestParam(required = false) @Nullable String from,
            @RequestParam(required = false) @Nullable String to) {
        Long givenTo = TimeText.parse("to", to);
        Long givenFrom = TimeText.parse("from", from);
        // Whole minutes, because that is what both sides count.
        long until = Math.ceilDiv(givenTo == null ? clock.millis() + 1 : givenTo, MINUTE_MILLIS) * MINUTE_MILLIS;
        long since = givenFrom == null
                ? Math.max(0, until - DEFAULT_RANGE_MILLIS)
                : Math.floorDiv(givenFrom, MINUTE_MILLIS) * MINUTE_MILLIS;
        if (since >= until || until - since > MAX_RANGE_MILLIS) {
            throw ApiException.invalid("from", "must lie before to, by at most 31 days");
        }
        Map<Key, Sum> lines = new HashMap<>();
        for (LedgerEntry entry : view.unacknowledged(since, until)) {
            lines.computeIfAbsent(new Key(entry.minute(), entry.collector(), entry.source()), _ -> new Sum())
                    .add(entry);
        }
        for (JsonNode entry : storage.ledger(since, until).path("entries")) {
            Key key = new Key(
                    entry.path("minute").asLong(0),
                    entry.path("collector").asString(""),
                    entry.path("source").asString(""));
            lines.computeIfAbsent(key, _ -> new Sum()).add(entry);
        }
        Sum totals = new Sum();
        lines.values().forEach(totals::add);
        List<Line> entries = lines.entrySet().stream()
                .map(entry -> entry.getValue().line(entry.getKey()))
                .sorted(Comparator.comparingLong(Line::minute)
                        .reversed()
                        .thenComparing(Line::collector)
                        .thenComparing(Line::source))
                .toList();
        return new Ledger(
                since,
                until,
                new Totals(
                        totals.received,
                        totals.stored,
                        totals.filtered,
                        totals.aggregated,
                        totals.rejected,
                        totals.inFlight),
                totals.balance(),
                entries);
    }
}
