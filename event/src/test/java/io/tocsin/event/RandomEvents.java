package io.tocsin.event;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/// Fills batches with random events for tests.
public final class RandomEvents {
    private static final Field[] FIELDS = Field.values();

    private final RandomGenerator random;
    private long sequence;
    private boolean longOrigins;

    public RandomEvents(RandomGenerator random) {
        this.random = random;
    }

    /// Adds `events` random events and some ledger entries.
    public void fill(EventBatch batch, int events) {
        longOrigins = random.nextBoolean();
        EventBuilder builder = batch.builder();
        for (int i = 0; i < events; i++) {
            byte[] raw = bytes(random.nextInt(0, 400));
            builder.begin(
                    origin(),
                    random.nextLong(),
                    random.nextLong(),
                    random.nextLong(0, 4_000_000_000_000_000_000L),
                    sequence++,
                    raw,
                    0,
                    raw.length);
            if (random.nextBoolean()) {
                builder.setFlag(1 << random.nextInt(3));
            }
            int fields = random.nextInt(0, 40);
            for (int f = 0; f < fields; f++) {
                field(builder);
            }
            if (random.nextInt(20) == 0) {
                builder.discard();
            } else {
                builder.commit();
            }
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            batch.ledger()
                    .add(
                            random.nextLong(-5, 40_000_000L),
                            "collector" + random.nextInt(2),
                            "source" + random.nextInt(3),
                            BatchLedger.Counter.values()[random.nextInt(4)],
                            random.nextBoolean() ? "" : "reason",
                            random.nextLong(0, Long.MAX_VALUE / 4));
        }
    }

    private EntryOrigin origin() {
        int n = random.nextInt(4);
        if (n == 0) {
            return EntryOrigin.local("files", "file", "/var/log/" + random.nextInt(2));
        }
        EntryOrigin origin = new EntryOrigin("", "syslog", "tcp", "10.0.0." + n, 40000 + n, "127.0.0.1", 5140, "");
        EntryOrigin known =
                longOrigins && random.nextBoolean() ? origin.through("10.1.0." + n, n, "CN=host" + n) : origin;
        return longOrigins && random.nextBoolean() ? known.in("instance" + n) : known;
    }

    private void field(EventBuilder builder) {
        switch (random.nextInt(8)) {
            case 0 -> {
                byte[] key = bytes(random.nextInt(1, 12));
                byte[] value = bytes(random.nextInt(0, 40));
                int keyAt = builder.append(key, 0, key.length);
                int valueAt = builder.append(value, 0, value.length);
                DynamicKind kind = DynamicKind.values()[random.nextInt(7)];
                if (kind.elementType() == FieldType.STRING) {
                    builder.addDynamicSpan(kind, keyAt, key.length, valueAt, value.length);
                } else {
                    builder.addDynamicBits(kind, keyAt, key.length, random.nextLong());
                }
            }
            case 1 -> builder.remove(FIELDS[random.nextInt(FIELDS.length)]);
            default -> fixed(builder, FIELDS[random.nextInt(FIELDS.length)]);
        }
    }

    private void fixed(EventBuilder builder, Field field) {
        if (field == Field.ID || field == Field.RAW || field == Field.TIMESTAMP || field == Field.ENTRY_SEQUENCE) {
            return;
        }
        switch (field.type()) {
            case STRING -> {
                if (random.nextBoolean() && builder.rawLength() > 0) {
                    int from = random.nextInt(builder.rawLength());
                    builder.setSpan(field, builder.rawOffset() + from, random.nextInt(builder.rawLength() - from + 1));
                } else {
                    byte[] value = bytes(random.nextInt(0, 60));
                    builder.setText(field, value, 0, value.length);
                }
            }
            case INTEGER, TIMESTAMP -> builder.setInteger(field, random.nextLong());
            case FLOAT -> builder.setFloat(field, random.nextDouble());
            case STRING_ARRAY -> builder.addText(field, text());
        }
    }

    private String text() {
        return new String(bytes(random.nextInt(0, 20)), StandardCharsets.ISO_8859_1);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        if (random.nextInt(8) == 0) {
            random.nextBytes(bytes);
        } else {
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) ('a' + random.nextInt(20));
            }
        }
        return bytes;
    }
}
