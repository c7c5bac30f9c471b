package io.tocsin.app.up;

import io.tocsin.correlator.run.CorrelatorOutput;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogReader;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// The correlation log as the correlator writes it. Each event counts as received from the source `correlator`, so
/// the ledger balances for correlation events too.
///
/// Thread-safety: one thread appends; any may call [#sync].
final class CorrelationLogOutput implements CorrelatorOutput {
    static final String ROUTE = "correlator";

    private static final Duration LIMIT = Duration.ofDays(365);
    private static final int RECORDS_PER_POLL = 64;
    private static final long BYTES_PER_POLL = 8 << 20;

    private final DurableLog log;
    private final BatchEncoder encoder = new BatchEncoder();
    private final Event event = new Event();

    CorrelationLogOutput(DurableLog log) {
        this.log = log;
    }

    @Override
    public long nextSequence() {
        return log.end().sequence();
    }

    @Override
    public void append(EventBatch events) throws InterruptedException {
        for (int i = 0; i < events.count(); i++) {
            event.moveTo(events, i);
            events.ledger().add(event.receivedNanos(), event.origin(), BatchLedger.Counter.RECEIVED, "", 1);
        }
        int length = encoder.encode(events, ROUTE);
        log.append(encoder.buffer(), 0, length, events.count(), LIMIT);
    }

    @Override
    public void sync() throws InterruptedException {
        log.awaitSynced(log.end(), LIMIT);
    }

    @Override
    public void readIds(long fromSequence, IdConsumer consumer) throws IOException {
        BatchDecoder decoder = new BatchDecoder();
        EventBatch batch = new EventBatch();
        try (LogReader reader = log.reader(log.start())) {
            List<LogRecord> records = reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
            while (!records.isEmpty()) {
                for (LogRecord logged : records) {
                    if (logged.end().sequence() > fromSequence) {
                        read(logged, fromSequence, decoder, batch, consumer);
                    }
                }
                records = reader.poll(RECORDS_PER_POLL, BYTES_PER_POLL, Duration.ZERO);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the correlation log was read", e);
        }
    }

    private void read(LogRecord logged, long fromSequence, BatchDecoder decoder, EventBatch batch, IdConsumer consumer)
            throws IOException {
        try {
            decoder.decode(logged.payload(), 0, logged.payload().length, batch);
        } catch (BatchFormatException damaged) {
            throw new IOException(
                    "a batch of the correlation log cannot be read [position=" + logged.position() + "]", damaged);
        }
        for (int i = 0; i < batch.count(); i++) {
            if (logged.position().sequence() + i >= fromSequence) {
                event.moveTo(batch, i);
                consumer.accept(event.idHigh(), event.idLow());
            }
        }
    }
}
