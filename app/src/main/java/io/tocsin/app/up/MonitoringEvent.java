package io.tocsin.app.up;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import java.time.Instant;
import java.util.List;

/// One event about this installation (`Type` 5) while it is written: what all of them say, and up to three texts and
/// three numbers with their labels.
///
/// Thread-safety: one thread.
final class MonitoringEvent {
    private static final int TYPE = 5;
    private static final byte[] NO_RAW = {};
    private static final List<Labelled> TEXTS = List.of(
            new Labelled(Field.DEVICE_CUSTOM_STRING_1, Field.DEVICE_CUSTOM_STRING_1_LABEL),
            new Labelled(Field.DEVICE_CUSTOM_STRING_2, Field.DEVICE_CUSTOM_STRING_2_LABEL),
            new Labelled(Field.DEVICE_CUSTOM_STRING_3, Field.DEVICE_CUSTOM_STRING_3_LABEL));
    private static final List<Labelled> NUMBERS = List.of(
            new Labelled(Field.DEVICE_CUSTOM_NUMBER_1, Field.DEVICE_CUSTOM_NUMBER_1_LABEL),
            new Labelled(Field.DEVICE_CUSTOM_NUMBER_2, Field.DEVICE_CUSTOM_NUMBER_2_LABEL),
            new Labelled(Field.DEVICE_CUSTOM_NUMBER_3, Field.DEVICE_CUSTOM_NUMBER_3_LABEL));

    private final EntryOrigin origin;
    private final long receivedNanos;
    private final EventBatch batch = new EventBatch();
    private final EventBuilder event = batch.builder();
    private int texts;
    private int numbers;

    /// A field and the one that says what it means.
    private record Labelled(Field value, Field label) {}

    /// How urgent it is that somebody looks.
    enum Severity {
        LOW(1, "low"),
        HIGH(3, "high"),
        CRITICAL(4, "critical");

        private final int priority;
        private final String text;

        Severity(int priority, String text) {
            this.priority = priority;
            this.text = text;
        }
    }

    /// What events of one kind have in common.
    ///
    /// @param product the part of the installation that it is about
    /// @param classId by which rules and searches know the kind
    record Kind(EntryOrigin origin, String product, String classId, String name, Severity severity) {}

    /// Begins the event.
    ///
    /// @param ids whose present id the event gets
    /// @param nowNanos when it is received
    MonitoringEvent(Kind kind, EventIds ids, long nowNanos, String message) {
        origin = kind.origin;
        receivedNanos = nowNanos;
        event.begin(origin, ids.high(), ids.low(), nowNanos, 0, NO_RAW, 0, 0);
        event.setInteger(Field.TYPE, TYPE);
        event.setText(Field.NAME, kind.name);
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, kind.product);
        event.setText(Field.DEVICE_EVENT_CLASS_ID, kind.classId);
        event.setInteger(Field.PRIORITY, kind.severity.priority);
        event.setText(Field.SEVERITY, kind.severity.text);
        event.setText(Field.MESSAGE, message);
    }

    /// Adds the next labelled text; at most three.
    MonitoringEvent text(String label, String value) {
        Labelled field = TEXTS.get(texts++);
        event.setText(field.value, value);
        event.setText(field.label, label);
        return this;
    }

    /// Adds the next labelled number; at most three.
    MonitoringEvent number(String label, long value) {
        Labelled field = NUMBERS.get(numbers++);
        event.setInteger(field.value, value);
        event.setText(field.label, label);
        return this;
    }

    /// Sets a field of the schema.
    MonitoringEvent with(Field field, String value) {
        event.setText(field, value);
        return this;
    }

    /// Sets a time of the schema.
    MonitoringEvent with(Field field, Instant value) {
        event.setInteger(field, value.toEpochMilli());
        return this;
    }

    EntryOrigin origin() {
        return origin;
    }

    long receivedNanos() {
        return receivedNanos;
    }

    /// A batch of this event alone; nothing can be added any more.
    EventBatch batch() {
        event.commit();
        return batch;
    }
}
