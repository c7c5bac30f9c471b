package io.tocsin.correlator.table;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A record of an active list or context table. Immutable.
///
/// @param key values of the key fields in their order
/// @param values by field; in order of their names
/// @param updates how often it was written after it was made
/// @param createdMillis event time
/// @param updatedMillis event time of the last write
/// @param expiresMillis when it goes; [Long#MAX_VALUE] for never
public record TableRecord(
        List<String> key,
        Map<String, List<String>> values,
        long updates,
        long createdMillis,
        long updatedMillis,
        long expiresMillis) {
    public TableRecord {
        key = List.copyOf(key);
        values = java.util.Collections.unmodifiableMap(new TreeMap<>(values));
    }
}
