package io.tocsin.app.up;

import io.tocsin.core.alert.AlertIntake;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Segmentations;
import io.tocsin.event.BatchFormatException;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Makes alerts of the correlation log: reads a run of events, hands them to the core in one transaction, then
/// moves its cursor. A run that is repeated after a crash changes nothing, because the core knows every identifier.
///
/// Thread-safety: one thread runs it; any thread stops it.
final class AlertFeed {
    private static final Logger LOG = System.getLogger(AlertFeed.class.getName());
    private static final Duration WAIT = Duration.ofMillis(200);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int RECORDS_PER_RUN = 64;
    private static final long BYTES_PER_RUN = 4 << 20;

    private final LogConsumer consumer;
    private final AlertIntake alerts;
    private final HitReader reader;
    private volatile boolean stopping;

    /// @param segmentations what divides findings into alerts
    AlertFeed(LogConsumer consumer, AlertIntake alerts, Supplier<Segmentations> segmentations) {
        this.reader = new HitReader(segmentations);
        this.consumer = consumer;
        this.alerts = alerts;
    }

    /// Makes [#run] return soon.
    void stop() {
        stopping = true;
    }

    /// Works until it is stopped or its thread is interrupted.
    void run() {
        try {
            while (!stopping) {
                List<LogRecord> records = consumer.poll(RECORDS_PER_RUN, BYTES_PER_RUN, WAIT);
                if (!records.isEmpty()) {
                    accept(hits(records));
                    consumer.commit(records.getLast().end());
                }
            }
        } catch (InterruptedException | LogException ended) {
            // The instance stops; the cursor stands where the core's database stands.
        }
    }

    private void accept(List<CorrelationHit> hits) throws InterruptedException {
        while (true) {
            try {
                alerts.accept(hits);
                return;
            } catch (RuntimeException e) {
                LOG.log(Logger.Level.WARNING, "alerts cannot be stored, trying again [reason=" + e.getMessage() + "]");
                Thread.sleep(RETRY);
            }
        }
    }

    private List<CorrelationHit> hits(List<LogRecord> records) {
        List<CorrelationHit> hits = new ArrayList<>();
        for (LogRecord logged : records) {
            try {
                reader.read(logged.payload(), 0, logged.payload().length, hits);
            } catch (BatchFormatException damaged) {
                LOG.log(
                        Logger.Level.ERROR,
                        "a batch of correlation events cannot be read and makes no alert [position=" + logged.position()
                                + ", reason=" + damaged.getMessage() + "]");
            }
        }
        return hits;
    }
}
