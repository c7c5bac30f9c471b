package io.tocsin.pipeline.topology;

import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchHeader;
import io.tocsin.event.BatchLedger;
import io.tocsin.pipeline.connector.LoggedEvents;
import io.tocsin.pipeline.transport.ReceivedRun;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogMetrics;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads from the log's own ledger entries what an earlier process of the collector has received and logged. Only
/// headers are decoded.
record LogScan(DurableLog log, String service) implements LoggedEvents {
    private static final System.Logger LOGGER = System.getLogger(LogScan.class.getName());
    private static final String RECEIVER = "receiver";
    private static final int RECORDS = 64;
    private static final long BYTES = 16L << 20;
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(5);

    @Override
    public LogPosition end() {
        return log.end();
    }

    @Override
    public LogPosition delivered() {
        LogPosition delivered = log.end();
        for (LogMetrics.ConsumerBacklog consumer : log.metrics().consumers()) {
            // The receiver of deliveries only remembers; it passes nothing on.
            if (!consumer.name().equals(RECEIVER) && consumer.committed().compareTo(delivered) < 0) {
                delivered = consumer.committed();
            }
        }
        return delivered;
    }

    @Override
    public Map<String, Long> bySourceSince(LogPosition from) {
        Map<String, Long> counts = new HashMap<>();
        LogPosition end = log.end();
        try (LogReader reader = log.reader(from)) {
            while (reader.position().compareTo(end) < 0) {
                List<LogRecord> records = reader.poll(RECORDS, BYTES, SYNC_LIMIT);
                if (records.isEmpty()) {
                    break;
                }
                for (LogRecord found : records) {
                    count(found, counts);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return counts;
    }

    private void count(LogRecord found, Map<String, Long> counts) {
        byte[] payload = found.payload();
        if (ReceivedRun.isRun(payload)) {
            // Collectors of other processes count for themselves.
            return;
        }
        try {
            BatchHeader header = BatchHeader.read(payload, 0, payload.length);
            if (header.route().equals(Routes.released(service))) {
                // What the second pass counts was counted when it was received.
                return;
            }
            if (Routes.isReceivedElsewhere(header.route())) {
                // The other one of a pair counts for itself.
                return;
            }
            for (BatchLedger.Entry entry : header.ledger()) {
                if (entry.counter() == BatchLedger.Counter.RECEIVED
                        && entry.service().equals(service)) {
                    counts.merge(entry.source(), entry.value(), Long::sum);
                }
            }
        } catch (BatchFormatException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "record is no batch, events of files may be read twice [position={0}, reason={1}]",
                    found.position(),
                    e.getMessage());
        }
    }
}
