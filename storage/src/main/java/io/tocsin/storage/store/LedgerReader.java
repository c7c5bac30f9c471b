package io.tocsin.storage.store;

import io.tocsin.event.BatchLedger;
import io.tocsin.storage.block.LedgerBlockEncoder;
import io.tocsin.storage.embedded.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/// Puts the ledger together: what the collectors counted comes from the table `ledger`, `stored` is counted in
/// `events`
/// itself, so one checks the other.
///
/// Thread-safety: any thread; one question at a time.
public final class LedgerReader implements AutoCloseable {
    private static final long MILLIS_PER_MINUTE = 60_000;

    private final Session session;
    private final ReentrantLock lock = new ReentrantLock();

    /// @param session a session for this reader alone; it is closed with it
    public LedgerReader(Session session) {
        this.session = session;
    }

    /// The balance of one source in one minute.
    ///
    /// @param minuteMillis begin of the minute of reception, milliseconds since the epoch
    /// @param rejected count by reason
    public record Line(
            long minuteMillis,
            String collector,
            String source,
            long received,
            long stored,
            long filtered,
            long aggregated,
            Map<String, Long> rejected) {}

    private record Key(long minuteMillis, String collector, String source) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = Long.compare(minuteMillis, other.minuteMillis);
            order = order != 0 ? order : collector.compareTo(other.collector);
            return order != 0 ? order : source.compareTo(other.source);
        }
    }

    private static final class Sums {
        private final long[] counters = new long[BatchLedger.Counter.values().length];
        private final Map<String, Long> rejected = new TreeMap<>();
        private long stored;
    }

    /// The lines of all minutes that begin in the range, by minute, collector and source.
    ///
    /// @param fromMillis inclusive, milliseconds since the epoch
    /// @param toMillis exclusive
    public List<Line> read(long fromMillis, long toMillis) {
        long from = Math.floorDiv(fromMillis, MILLIS_PER_MINUTE) * MILLIS_PER_MINUTE;
        Map<Key, Sums> sums = new TreeMap<>();
        lock.lock();
        try {
            for (String row :
                    rows("SELECT toUnixTimestamp64Milli(Minute), base64Encode(Collector), base64Encode(Source),"
                            + " Counter, base64Encode(Reason), sum(Value) FROM ledger WHERE "
                            + range("Minute", from, toMillis) + " GROUP BY ALL")) {
                String[] cells = row.split("\t", -1);
                Sums sum = sums.computeIfAbsent(key(cells), key -> new Sums());
                long value = Long.parseLong(cells[5]);
                for (BatchLedger.Counter counter : BatchLedger.Counter.values()) {
                    if (LedgerBlockEncoder.counterName(counter).equals(cells[3])) {
                        sum.counters[counter.ordinal()] += value;
                        if (counter == BatchLedger.Counter.REJECTED) {
                            sum.rejected.merge(decoded(cells[4]), value, Long::sum);
                        }
                    }
                }
            }
            for (String row : rows("SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfMinute(Timestamp), 3, 'UTC')),"
                    + " base64Encode(ServiceName), base64Encode(if(EntryAddress != '', EntryAddress,"
                    + " if(EntryPath != '', EntryPath, ConnectorName))), count() FROM events WHERE "
                    + range("Timestamp", from, toMillis) + " GROUP BY ALL")) {
                String[] cells = row.split("\t", -1);
                sums.computeIfAbsent(key(cells), key -> new Sums()).stored += Long.parseLong(cells[3]);
            }
        } finally {
            lock.unlock();
        }
        List<Line> lines = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> lines.add(new Line(
                key.minuteMillis(),
                key.collector(),
                key.source(),
                sum.counters[BatchLedger.Counter.RECEIVED.ordinal()],
                sum.stored,
                sum.counters[BatchLedger.Counter.FILTERED.ordinal()],
                sum.counters[BatchLedger.Counter.AGGREGATED.ordinal()],
                sum.rejected)));
        return lines;
    }

    private List<String> rows(String sql) {
        return session.text(sql).lines().toList();
    }

    private static String range(String column, long fromMillis, long toMillis) {
        return column + " >= fromUnixTimestamp64Milli(toInt64(" + fromMillis + "), 'UTC') AND " + column
                + " < fromUnixTimestamp64Milli(toInt64(" + toMillis + "), 'UTC')";
    }

    /// Names come in base 64: a source may hold any byte.
    private static Key key(String[] cells) {
        return new Key(Long.parseLong(cells[0]), decoded(cells[1]), decoded(cells[2]));
    }

    private static String decoded(String base64) {
        return new String(java.util.Base64.getDecoder().decode(base64), java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            session.close();
        } finally {
            lock.unlock();
        }
    }
}
