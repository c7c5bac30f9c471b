package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
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
    /// By key, part by part.
    public static final Comparator<TableRecord> BY_KEY = (left, right) -> compare(left.key, right.key);

    private static final int RECORD_BYTES = 136;
    private static final int FIELD_BYTES = 64;
    private static final int TEXT_BYTES = 48;

    public TableRecord {
        key = List.copyOf(key);
        values = sorted(values);
    }

    /// The same fields in the order of their names, in as little memory as their number needs.
    static Map<String, List<String>> sorted(Map<String, List<String>> values) {
        if (values.isEmpty()) {
            return Map.of();
        }
        if (values.size() == 1) {
            Map.Entry<String, List<String>> only = values.entrySet().iterator().next();
            return Map.of(only.getKey(), List.copyOf(only.getValue()));
        }
        Map<String, List<String>> sorted = new TreeMap<>();
        values.forEach((field, items) -> sorted.put(field, List.copyOf(items)));
        return Collections.unmodifiableMap(sorted);
    }

    /// Compares keys part by part.
    public static int compare(List<String> left, List<String> right) {
        int parts = Math.min(left.size(), right.size());
        for (int i = 0; i < parts; i++) {
            int order = left.get(i).compareTo(right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /// About how much memory the record takes, with its place in the table.
    long bytes() {
        long bytes = RECORD_BYTES;
        for (String part : key) {
            bytes += TEXT_BYTES + part.length();
        }
        for (List<String> items : values.values()) {
            bytes += FIELD_BYTES;
            for (String item : items) {
                bytes += TEXT_BYTES + item.length();
            }
        }
        return bytes;
    }

    static void write(StateWriter out, List<String> texts) {
        out.count(texts.size());
        texts.forEach(out::text);
    }

    static void write(StateWriter out, Map<String, List<String>> values) {
        out.count(values.size());
        values.forEach((field, items) -> {
            out.text(field);
            write(out, items);
        });
    }

    static Map<String, List<String>> readValues(StateReader in) {
        int fields = in.size();
        Map<String, List<String>> values = new TreeMap<>();
        for (int i = 0; i < fields; i++) {
            values.put(in.text(), readTexts(in));
        }
        return values;
    }

    static List<String> readTexts(StateReader in) {
        int size = in.size();
        List<String> texts = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            texts.add(in.text());
        }
        return List.copyOf(texts);
    }
}
