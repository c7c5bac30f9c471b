package io.tocsin.app.up;

import io.tocsin.core.ledger.LedgerAlarm;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.time.SystemClock;
import java.time.Duration;
import java.time.Instant;

/// Events about this installation itself (`Type` 5). They go into the node log as if a collector named `monitoring` had
/// received them: stored, looked at by rules, and counted by the ledger.
///
/// Thread-safety: any thread; one at a time works.
final class MonitoringEvents implements LedgerAlarm {
    static final String ROUTE = "monitoring";

    private static final System.Logger LOGGER = System.getLogger(MonitoringEvents.class.getName());
    private static final int TYPE = 5;
    private static final int CRITICAL = 4;
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final EntryOrigin ORIGIN = new EntryOrigin("", ROUTE, "ledger", "", -1, "", -1, "");
    private static final byte[] NO_RAW = {};
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final DurableLog log;
    private final SystemClock clock;
    private final EventIds ids;
    private final BatchEncoder encoder = new BatchEncoder();

    MonitoringEvents(DurableLog log, SystemClock clock) {
        this.log = log;
        this.clock = clock;
        this.ids = new EventIds(clock);
    }

    @Override
    public synchronized void gap(long minuteMillis, String collector, String source, long balance) {
        String what = balance > 0
                ? balance + " events that were received are neither stored nor accounted for"
                : -balance + " events are stored that were not received";
        String message = what + " [collector=" + collector + ", source=" + source + ", minute="
                + Instant.ofEpochMilli(minuteMillis) + "]";
        LOGGER.log(System.Logger.Level.ERROR, "the ledger does not balance: {0}", message);
        EventBatch batch = new EventBatch();
        EventBuilder event = batch.builder();
        // The same for the same line: told twice, after a restart, it is stored once.
        long hash = hash(collector + '\u0000' + source);
        ids.ofPlace(minuteMillis, hash & 0xFFFF_FFFFL, hash * GOLDEN);
        long now = clock.epochNanos();
        event.begin(ORIGIN, ids.high(), ids.low(), now, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, "Ledger does not balance");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Core");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "ledger-gap");
        event.setInteger(Field.PRIORITY, CRITICAL);
        event.setText(Field.SEVERITY, "critical");
        event.setText(Field.MESSAGE, message);
        event.setInteger(Field.START_TIME, minuteMillis);
        event.setInteger(Field.END_TIME, minuteMillis + MINUTE_MILLIS);
        event.setText(Field.DEVICE_CUSTOM_STRING_1, collector);
        event.setText(Field.DEVICE_CUSTOM_STRING_1_LABEL, "collector");
        event.setText(Field.DEVICE_CUSTOM_STRING_2, source);
        event.setText(Field.DEVICE_CUSTOM_STRING_2_LABEL, "source");
        event.setInteger(Field.DEVICE_CUSTOM_NUMBER_1, balance);
        event.setText(Field.DEVICE_CUSTOM_NUMBER_1_LABEL, "balance");
        event.commit();
        batch.ledger().add(now, ORIGIN, BatchLedger.Counter.RECEIVED, "", 1);
        int length = encoder.encode(batch, ROUTE);
        try {
            log.append(encoder.buffer(), 0, length, 1, LIMIT);
        } catch (LogException e) {
            LOGGER.log(System.Logger.Level.ERROR, "an event about the ledger was not logged", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// FNV-1a.
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
