package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records of one active list or context table. Time is a number handed in.
///
/// Records stand in the order in which they were last written, so the first expires first and is the one to go when
/// there are too many.
///
/// Thread-safety: one thread.
final class LiveTable {
    /// Longest list in a field.
    private static final int MAXIMUM_ITEMS = 10_000;
    /// Longest value, in characters.
    private static final int MAXIMUM_LENGTH = 8_192;
    /// Most fields of a record of an active list.
    private static final int MAXIMUM_FIELDS = 100;

    private final TableDefinition definition;
    private final List<TableField> keyFields;
    private final LinkedHashMap<List<String>, TableRecord> records = new LinkedHashMap<>();
    private long evicted;
    private long refused;

    LiveTable(TableDefinition definition) {
        this.definition = definition;
        keyFields = definition.keyFields();
    }

    TableDefinition definition() {
        return definition;
    }

    /// The key in its one form, or null when it is none of this table: parts missing or of another type.
    ///
    /// @param parts in the order of the key fields, or each as `name=value`
    @Nullable
    List<String> key(List<String> parts) {
        if (keyFields.isEmpty()) {
            return parts.stream().allMatch(String::isEmpty) ? null : parts;
        }
        if (parts.size() != keyFields.size()) {
            return null;
        }
        List<String> key = new ArrayList<>();
        for (int i = 0; i < keyFields.size(); i++) {
            String part = part(parts, i);
            String normal = part == null ? null : keyFields.get(i).type().normal(part);
            if (normal == null) {
                return null;
            }
            key.add(normal);
        }
        return key.stream().allMatch(String::isEmpty) ? null : key;
    }

    private @Nullable String part(List<String> parts, int place) {
        String prefix = keyFields.get(place).name() + "=";
        String found = null;
        for (String part : parts) {
            if (part.startsWith(prefix)) {
                found = part.substring(prefix.length());
            }
        }
        return found != null ? found : parts.get(place);
    }

    @Nullable
    TableRecord get(List<String> parts) {
        List<String> key = key(parts);
        return key == null ? null : records.get(key);
    }

    Collection<TableRecord> records() {
        return Collections.unmodifiableCollection(records.values());
    }

    /// Writes fields of a record, which is made when it is not there; others keep their values.
    void set(List<String> parts, Map<String, List<String>> values, long nowMillis) {
        change(parts, nowMillis, known -> {
            Map<String, List<String>> changed = new TreeMap<>(known);
            values.forEach((field, items) -> put(changed, field, items));
            return changed;
        });
    }

    /// Adds items to fields, each once. A field of a context table that is no list takes the last.
    void merge(List<String> parts, Map<String, List<String>> values, long nowMillis) {
        change(parts, nowMillis, known -> {
            Map<String, List<String>> changed = new TreeMap<>(known);
            values.forEach((field, items) -> {
                LinkedHashSet<String> all = new LinkedHashSet<>(known.getOrDefault(field, List.of()));
                all.addAll(items);
                put(changed, field, List.copyOf(all));
            });
            return changed;
        });
    }

    /// Adds numbers to fields; an absent field counts as 0.
    void sum(List<String> parts, Map<String, List<String>> values, long nowMillis) {
        change(parts, nowMillis, known -> {
            Map<String, List<String>> changed = new TreeMap<>(known);
            values.forEach((field, items) -> {
                double before = number(known.getOrDefault(field, List.of()), 0);
                double added = number(items, Double.NaN);
                if (Double.isNaN(before + added)) {
                    refused++;
                } else {
                    put(changed, field, List.of(text(before + added)));
                }
            });
            return changed;
        });
    }

    @Nullable
    TableRecord delete(List<String> parts) {
        List<String> key = key(parts);
        return key == null ? null : records.remove(key);
    }

    void clear() {
        records.clear();
    }

    /// Puts a record in as it is.
    void restore(TableRecord record) {
        records.putLast(record.key(), record);
        bound();
    }

    private interface Change {
        Map<String, List<String>> of(Map<String, List<String>> known);
    }

    private void change(List<String> parts, long nowMillis, Change change) {
        List<String> key = key(parts);
        if (key == null) {
            refused++;
            return;
        }
        TableRecord known = records.remove(key);
        Map<String, List<String>> values = change.of(known == null ? Map.of() : known.values());
        long ttl = definition.ttlMillis();
        records.put(
                key,
                new TableRecord(
                        key,
                        values,
                        known == null ? 0 : known.updates() + 1,
                        known == null ? nowMillis : known.createdMillis(),
                        nowMillis,
                        ttl == 0 ? Long.MAX_VALUE : nowMillis + ttl));
        bound();
    }

    private void bound() {
        while (records.size() > definition.maximumRecords()) {
            records.pollFirstEntry();
            evicted++;
        }
    }

    private void put(Map<String, List<String>> values, String field, List<String> items) {
        TableField declared = definition.field(field);
        if (!definition.fields().isEmpty() && (declared == null || declared.isKey())) {
            refused++;
            return;
        }
        List<String> kept = new ArrayList<>();
        for (String item : items) {
            String cut = item.length() > MAXIMUM_LENGTH ? item.substring(0, MAXIMUM_LENGTH) : item;
            String normal = declared == null ? cut : declared.type().normal(cut);
            if (normal == null) {
                refused++;
            } else if (kept.size() < MAXIMUM_ITEMS) {
                kept.add(normal);
            }
        }
        if (declared != null && !declared.isList() && kept.size() > 1) {
            kept = List.of(kept.getLast());
        }
        if (values.size() < MAXIMUM_FIELDS || values.containsKey(field)) {
            values.put(field, List.copyOf(kept));
        } else {
            refused++;
        }
    }

    private static double number(List<String> items, double absent) {
        if (items.isEmpty() || items.getFirst().isEmpty()) {
            return absent;
        }
        try {
            return Double.parseDouble(items.getFirst());
        } catch (NumberFormatException none) {
            return Double.NaN;
        }
    }

    private static String text(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1L << 53
                ? Long.toString((long) number)
                : Double.toString(number);
    }

    /// When the next record expires; [Long#MAX_VALUE] for never.
    long dueMillis() {
        Map.Entry<List<String>, TableRecord> first = records.firstEntry();
        return first == null ? Long.MAX_VALUE : first.getValue().expiresMillis();
    }

    /// Takes out the record that expires next, if it does by then.
    @Nullable
    TableRecord expire(long nowMillis) {
        Map.Entry<List<String>, TableRecord> first = dueMillis() <= nowMillis ? records.pollFirstEntry() : null;
        return first == null ? null : first.getValue();
    }

    /// Records that went because there were too many.
    long evicted() {
        return evicted;
    }

    /// Keys and values that were not of the types of the table.
    long refused() {
        return refused;
    }

    void write(StateWriter out) {
        out.count(evicted);
        out.count(refused);
        out.count(records.size());
        for (TableRecord record : records.values()) {
            texts(out, record.key());
            out.count(record.values().size());
            record.values().forEach((field, items) -> {
                out.text(field);
                texts(out, items);
            });
            out.count(record.updates());
            out.number(record.createdMillis());
            out.number(record.updatedMillis());
        }
    }

    /// Takes over saved records; their time to live is that of the definition of today.
    void read(StateReader in) {
        records.clear();
        evicted = in.count();
        refused = in.count();
        int size = in.size();
        for (int i = 0; i < size; i++) {
            List<String> key = texts(in);
            int fields = in.size();
            Map<String, List<String>> values = new TreeMap<>();
            for (int k = 0; k < fields; k++) {
                values.put(in.text(), texts(in));
            }
            long updates = in.count();
            long created = in.number();
            long updated = in.number();
            long ttl = definition.ttlMillis();
            records.put(
                    key,
                    new TableRecord(key, values, updates, created, updated, ttl == 0 ? Long.MAX_VALUE : updated + ttl));
        }
        bound();
    }

    private static void texts(StateWriter out, List<String> texts) {
        out.count(texts.size());
        texts.forEach(out::text);
    }

    private static List<String> texts(StateReader in) {
        int size = in.size();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            texts.add(in.text());
        }
        return List.copyOf(texts);
    }
}
