package io.tocsin.correlator.table;

import io.tocsin.correlator.window.Hash128;
import java.util.HashMap;
import java.util.Map;

/// Identifiers of the events that tell what rules wrote to shared tables. They derive from what is written, where and
/// when, so that the same write has the same one when a log is read again, whatever other rules there are then. The
/// version says that no generator made them (RFC 9562, section 5.8).
///
/// Thread-safety: one thread.
final class WriteIds {
    private static final long VERSION = 0x8000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final Hash128 hash = new Hash128();
    /// How often the same was written at this event time.
    private final Map<Long, Integer> repeats = new HashMap<>();

    private long atMillis = Long.MIN_VALUE;
    private long high;
    private long low;

    /// Makes the next one.
    void next(long origin, String table, TableChange.Operation operation, TableChange.Row row, long nowMillis) {
        if (nowMillis != atMillis) {
            repeats.clear();
            atMillis = nowMillis;
        }
        hash.reset();
        hash.add(origin).add(table).add(operation.ordinal()).add(nowMillis);
        hash.add(row.key().size());
        row.key().forEach(hash::add);
        row.values().forEach((field, items) -> {
            hash.add(field).add(items.size());
            items.forEach(hash::add);
        });
        hash.add(repeats.merge(hash.low(), 1, Integer::sum));
        high = (nowMillis & 0xFFFF_FFFF_FFFFL) << 16 | VERSION | (hash.high() & 0xFFF);
        low = VARIANT | hash.low() >>> 2;
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }
}
