package io.tocsin.correlator.engine;

import io.tocsin.correlator.table.Tables;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;

/// The event by which rules hear that a record of a table has expired. Its identifier follows from the
/// record.
final class ExpiryNotice {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("correlator", "correlator", "");
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final int NOTICE = 5;

    private ExpiryNotice() {}

    /// @return one event, whose time is that of the expiry
    static EventBatch of(Tables.Expired gone, long receivedNanos) {
        Hash128 hash = new Hash128().add(gone.table().name()).add(gone.record().expiresMillis());
        gone.record().key().forEach(hash::add);
        long time = gone.record().expiresMillis();
        long high = (time & 0xFFFF_FFFF_FFFFL) << 16 | VERSION | (hash.high() & 0xFFF);
        long low = VARIANT | hash.low() >>> 2;
        EventBatch batch = new EventBatch(1, 512);
        EventBuilder event = batch.builder();
        byte[] raw = {};
        event.begin(ORIGIN, high, low, receivedNanos, 0, raw, 0, 0);
        event.setInteger(Field.TYPE, NOTICE);
        event.setInteger(Field.DEVICE_RECEIPT_TIME, time);
        event.setText(Field.NAME, gone.table().kind().expiryName());
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, gone.table().kind().text() + "-record-expired");
        event.setText(Field.DEVICE_EXTERNAL_ID, gone.table().name());
        event.setText(Field.DEVICE_PAYLOAD_ID, String.join(",", gone.record().key()));
        event.setInteger(Field.BASE_EVENT_COUNT, gone.record().updates() + 1);
        gone.record()
                .values()
                .forEach((field, items) -> CorrelationWriter.set(
                        event, FieldReference.of(DynamicKind.EXTRA, "AL." + field), String.join(",", items)));
        event.commit();
        return batch;
    }
}
