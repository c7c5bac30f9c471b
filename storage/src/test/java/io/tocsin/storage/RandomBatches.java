package io.tocsin.storage;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/// Fills batches with events that have anything in any field, within what tables can hold.
public final class RandomBatches {
    private static final Field[] FIELDS = Field.values();
    private static final long DAY_NANOS = 86_400_000_000_000L;

    private final RandomGenerator random;
    private final long baseNanos;
    private final int days;
    private long sequence;

    /// @param baseNanos reception time of the earliest events
    /// @param days over how many days the events spread
    public RandomBatches(RandomGenerator random, long baseNanos, int days) {
        this.random = random;
        this.baseNanos = baseNanos;
        this.days = days;
    }

    public EventBatch next(int events) {
        EventBatch batch = new EventBatch();
        EventBuilder builder = batch.builder();
        for (int i = 0; i < events; i++) {
            byte[] raw = bytes(random.nextInt(0, 300));
            builder.begin(
                    origin(),
                    random.nextLong(),
                    random.nextLong(),
                    baseNanos + random.nextLong(days * DAY_NANOS),
                    sequence++,
                    raw,
                    0,
                    raw.length);
            if (random.nextBoolean()) {
                builder.setFlag(EventBatch.FLAG_KEEP_RAW);
            }
            for (int f = random.nextInt(0, 30); f > 0; f--) {
                if (random.nextInt(4) == 0) {
                    dynamic(builder);
                } else {
                    fixed(builder, FIELDS[random.nextInt(FIELDS.length)]);
                }
            }
            builder.commit();
        }
        return batch;
    }

    private EntryOrigin origin() {
        int n = random.nextInt(4);
        return n == 0
                ? EntryOrigin.local("files", "file", "/var/log/" + random.nextInt(2))
                : new EntryOrigin("", "syslog", "tcp", "10.0.0." + n, 40000 + n, "127.0.0.1", 5140, "");
    }

    private void fixed(EventBuilder builder, Field field) {
        if (field == Field.ID || field == Field.TIMESTAMP || field == Field.ENTRY_SEQUENCE || field == Field.RAW) {
            return;
        }
        switch (field.type()) {
            case STRING -> {
                byte[] text = bytes(random.nextInt(0, 60));
                builder.setText(field, text, 0, text.length);
            }
            case INTEGER -> builder.setInteger(field, random.nextLong());
            // What a DateTime64 shows without saturating.
            case TIMESTAMP -> builder.setInteger(field, random.nextLong(0, 9_000_000_000_000L));
            case FLOAT -> builder.setFloat(field, random.nextDouble(-1e9, 1e9));
            case STRING_ARRAY ->
                builder.addText(field, new String(bytes(random.nextInt(9)), StandardCharsets.ISO_8859_1));
        }
    }

    private void dynamic(EventBuilder builder) {
        DynamicKind kind = DynamicKind.values()[random.nextInt(7)];
        byte[] key = ("key" + random.nextInt(5)).getBytes(StandardCharsets.UTF_8);
        byte[] value = bytes(random.nextInt(0, 40));
        int keyAt = builder.append(key, 0, key.length);
        int valueAt = builder.append(value, 0, value.length);
        if (kind.elementType() == FieldType.STRING) {
            builder.addDynamicSpan(kind, keyAt, key.length, valueAt, value.length);
        } else if (kind.elementType() == FieldType.FLOAT) {
            builder.addDynamicBits(kind, keyAt, key.length, Double.doubleToRawLongBits(random.nextInt(1000) / 8.0));
        } else {
            builder.addDynamicBits(kind, keyAt, key.length, random.nextLong());
        }
    }

    /// Any bytes, mostly letters, sometimes no UTF-8, tabs, quotes or zeros.
    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (random.nextInt(10) == 0 ? random.nextInt(256) : 'a' + random.nextInt(26));
        }
        return bytes;
    }
}
