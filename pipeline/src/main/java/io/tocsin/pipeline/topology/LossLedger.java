package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogLoss;
import io.tocsin.pipeline.transport.log.LogLossListener;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Enters into the ledger what the way to storage lost to a limit of the log: for every lost batch, what it had
/// counted, and its events as rejected. The entries travel as a batch without events, like all counts.
///
/// Thread-safety: any thread.
public final class LossLedger implements LogLossListener {
    /// Reason in the ledger of events that made room for others.
    public static final String FULL = "buffer full";

    /// Reason in the ledger of events that waited too long.
    public static final String EXPIRED = "buffer expired";

    private static final System.Logger LOGGER = System.getLogger(LossLedger.class.getName());
    private static final int RECORDS_PER_POLL = 64;
    private static final long BYTES_PER_POLL = 8 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final DurableLog log;
    private final Predicate<String> routes;

    /// @param log takes the entries, and lost the events
    /// @param routes of which routes the loss is one for the ledger
    public LossLedger(DurableLog log, Predicate<String> routes) {
        this.log = log;
        this.routes = routes;
    }

    private record Key(long minute, String service, String source) {}

    @Override
    public void lost(LogLoss loss, LogReader records) {
        Map<String, BatchLedger> byRoute = new TreeMap<>();
        String reason =
                loss.cause() == LogLoss.Cause.AGE || loss.cause() == LogLoss.Cause.CONSUMER_AGE ? EXPIRED : FULL;
        try {
            while (records.position().compareTo(loss.end()) < 0) {
                List<LogRecord> some = records.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
                if (some.isEmpty()) {
                    break;
                }
                for (LogRecord record : some) {
                    if (record.end().compareTo(loss.end()) <= 0) {
                        add(record, reason, byRoute);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        byRoute.forEach(this::write);
    }

    private void add(LogRecord record, String reason, Map<String, BatchLedger> byRoute) {
        BatchHeader header;
        try {
            header = BatchHeader.read(record.payload(), 0, record.payload().length);
        } catch (BatchFormatException unreadable) {
            // It would have been refused by storage as well; the log counts it.
            return;
        }
        if (!routes.test(header.route())) {
            return;
        }
        BatchLedger ledger = byRoute.computeIfAbsent(header.route(), _ -> new BatchLedger());
        Map<Key, Long> left = new LinkedHashMap<>();
        for (BatchLedger.Entry entry : header.ledger()) {
            LogTarget.addEntry(ledger, entry);
            long sign = entry.counter() == BatchLedger.Counter.RECEIVED ? 1 : -1;
            left.merge(new Key(entry.minute(), entry.service(), entry.source()), sign * entry.value(), Long::sum);
        }
        left.forEach((key, events) -> {
            if (events > 0) {
                ledger.add(key.minute(), key.service(), key.source(), BatchLedger.Counter.REJECTED, reason, events);
            }
        });
    }

    private void write(String route, BatchLedger ledger) {
        if (ledger.isEmpty()) {
            return;
        }
        EventBatch counts = new EventBatch();
        ledger.entries().forEach(entry -> LogTarget.addEntry(counts.ledger(), entry));
        BatchEncoder encoder = new BatchEncoder();
        int length = encoder.encode(counts, route, false);
        byte[] bytes = Arrays.copyOf(encoder.buffer(), length);
        try {
            LogPosition ignored = log.appendReserved(bytes, 0, length, 1);
        } catch (LogException noRoom) {
            // Room appears right after this: it is what the loss is for.
            Thread.ofVirtual().name("loss-ledger").start(() -> writeLater(bytes));
        } catch (InterruptedException e) {
            Thread.ofVirtual().name("loss-ledger").start(() -> writeLater(bytes));
            Thread.currentThread().interrupt();
        }
    }

    private void writeLater(byte[] bytes) {
        try {
            LogPosition ignored = log.append(bytes, 1, PATIENCE);
        } catch (LogException e) {
            LOGGER.log(
                    System.Logger.Level.ERROR,
                    "counts of events that were let go could not be written, the ledger lacks them",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
