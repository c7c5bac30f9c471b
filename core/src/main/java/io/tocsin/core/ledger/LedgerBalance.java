package io.tocsin.core.ledger;

import io.tocsin.core.storage.StorageClient;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The event balance: `received − stored − filtered − aggregated − rejected − in flight`, 0 when nothing was lost.
/// While events flow, a batch may be acknowledged between the two looks that this takes, so the balance may swing
/// for a moment.
///
/// Thread-safety: any thread.
final class LedgerBalance {
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

    LedgerBalance(StorageClient storage, LedgerView view) {
        this.storage = storage;
        this.view = view;
    }

    /// Puts together what is known of receptions in a time.
    ///
    /// @param since epoch ms, start of a minute
    /// @param until epoch ms, end of a minute
    Ledger ledger(long since, long until) {
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
