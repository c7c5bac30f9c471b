package io.tocsin.app.up;

import io.tocsin.core.alert.AlertIntake;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Entity;
import io.tocsin.event.BatchDecoder;
import io.tocsin.event.BatchFormatException;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventJson;
import io.tocsin.event.Field;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogRecord;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    private final BatchDecoder decoder = new BatchDecoder();
    private final EventBatch batch = new EventBatch();
    private final Event event = new Event();
    private final EventJson json = new EventJson();

    AlertFeed(LogConsumer consumer, AlertIntake alerts) {
        this.consumer = consumer;
        this.alerts = alerts;
    }

    /// Works until its thread is interrupted.
    void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
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
                decoder.decode(logged.payload(), 0, logged.payload().length, batch);
            } catch (BatchFormatException damaged) {
                LOG.log(
                        Logger.Level.ERROR,
                        "a batch of correlation events cannot be read and makes no alert [position=" + logged.position()
                                + ", reason=" + damaged.getMessage() + "]");
                continue;
            }
            for (int i = 0; i < batch.count(); i++) {
                hits.add(hit(event.moveTo(batch, i)));
            }
        }
        return hits;
    }

    private CorrelationHit hit(Event found) {
        List<Entity> entities = new ArrayList<>();
        for (String asset : values(found, Field.AFFECTED_ASSETS)) {
            int colon = asset.indexOf(':');
            Entity.@Nullable Kind kind = colon < 0 ? null : kind(asset.substring(0, colon));
            if (kind != null) {
                entities.add(new Entity(kind, asset.substring(colon + 1)));
            }
        }
        StringBuilder group = new StringBuilder();
        for (String name : values(found, Field.GROUPED_BY)) {
            Field field = io.tocsin.event.Fields.byName(name);
            group.append(name)
                    .append('=')
                    .append(field == null ? "" : text(found, field))
                    .append('\n');
        }
        boolean isNew = text(found, Field.DEVICE_EVENT_CLASS_ID).equals("correlation");
        return new CorrelationHit(
                text(found, Field.EXTERNAL_ID),
                text(found, Field.CORRELATION_RULE_ID),
                text(found, Field.CORRELATION_RULE_NAME),
                (int) found.integer(Field.PRIORITY, 1),
                found.integer(Field.END_TIME, found.timestampMillis()),
                found.integer(Field.START_TIME, found.timestampMillis()),
                found.integer(Field.END_TIME, found.timestampMillis()),
                entities,
                list(text(found, Field.TACTIC)),
                list(text(found, Field.TECHNIQUE)),
                group.toString(),
                values(found, Field.BASE_EVENT_IDS),
                text(found, Field.MESSAGE),
                json.toText(found),
                !isNew || !text(found, Field.DEVICE_ACTION).equals("alert"));
    }

    private static Entity.@Nullable Kind kind(String text) {
        return switch (text) {
            case "user" -> Entity.Kind.USER;
            case "host" -> Entity.Kind.HOST;
            case "address" -> Entity.Kind.ADDRESS;
            default -> null;
        };
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    private static String text(Event found, Field field) {
        String text = found.text(field);
        return text == null ? "" : text;
    }

    private static List<String> values(Event found, Field field) {
        List<String> values = new ArrayList<>();
        for (int slot = found.start(); slot < found.end(); slot++) {
            if (found.slotCode(slot) == field.code()) {
                values.add(found.text(found.slotValue(slot)));
            }
        }
        return values;
    }
}
