package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records of one active list or context table. Time is a number handed in.
///
/// Records stand in the order in which they were last written, so the first is the one to go when there are too many.
/// Which expires next is known apart from that: sources whose clocks are apart, and changes by people, write at times
/// that do not grow.
///
/// Thread-safety: one thread.
final class LiveTable {
    private static final int MAXIMUM_ITEMS = TableDefinition.MAXIMUM_ITEMS;
    private static final int MAXIMUM_LENGTH = TableDefinition.MAXIMUM_VALUE_LENGTH;
    private static final int MAXIMUM_FIELDS = TableDefinition.MAXIMUM_FIELDS;
    /// Names of fields that are held once.
    private static final int MAXIMUM_NAMES = 1_000;
    /// Places in the order of expiry that may be out of date besides one for each record.
    private static final int UNSWEPT = 1_000;
    /// So many changes are followed however few records there are, and no more than this part of the records: what
    /// follows them is memory that nobody accounts for.
    private static final int FEWEST_CHANGES_TO_GIVE_UP = 1_024;

    private static final int SHARE_TO_GIVE_UP = 8;

    private final TableDefinition definition;
    private final List<TableField> keyFields;
    private final LinkedHashMap<List<String>, TableRecord> records = new LinkedHashMap<>();
    /// By the time at which they go, then by key: the order does not depend on how they came. Holds records that were
    /// written anew or removed since, too.
    private final PriorityQueue<TableRecord> due = new PriorityQueue<>((left, right) -> {
        int order = Long.compare(left.expiresMillis(), right.expiresMillis());
        return order != 0 ? order : TableRecord.BY_KEY.compare(left, right);
    });

    private final Total total;
    private final Map<String, String> names = new HashMap<>();
    private long bytes;
    private long evicted;
    private long refused;
    private long expired;

    /// Keys of the records that were written or went since [#saved], in the order in which that happened last; null
    /// while it does not know, or when there are too many. A record that is written goes behind all
    /// others, so these are also the last records in their order.
    private @Nullable LinkedHashSet<List<String>> touched;

    private long savedEvicted;
    private long savedRefused;

    /// About how much memory the records of several tables take.
    ///
    /// Thread-safety: one thread.
    static final class Total {
        private long bytes;

        long bytes() {
            return bytes;
        }
    }

    LiveTable(TableDefinition definition, Total total) {
        this.definition = definition;
        this.total = total;
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
        if (parts.stream().mapToInt(String::length).sum() > TableDefinition.MAXIMUM_KEY_LENGTH) {
            return null;
        }
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

    /// Makes the record have these fields and no others.
    void put(List<String> parts, Map<String, List<String>> values, long nowMillis) {
        change(parts, nowMillis, _ -> {
            Map<String, List<String>> changed = new TreeMap<>();
            values.forEach((field, items) -> put(changed, field, items));
            return changed;
        });
    }

    @Nullable
    TableRecord delete(List<String> parts) {
        List<String> key = key(parts);
        return key == null ? null : remove(key);
    }

    void clear() {
        records.clear();
        due.clear();
        weigh(-bytes);
        touched = null;
    }

    private void touch(List<String> key) {
        LinkedHashSet<List<String>> keys = touched;
        if (keys != null) {
            keys.addLast(key);
            if (keys.size() > Math.max(FEWEST_CHANGES_TO_GIVE_UP, records.size() / SHARE_TO_GIVE_UP)) {
                touched = null;
            }
        }
    }

    /// Removes what was last written before a time.
    void keepSince(long millis) {
        List<List<String>> gone = new ArrayList<>();
        for (TableRecord record : records.values()) {
            if (record.updatedMillis() < millis) {
                gone.add(record.key());
            }
        }
        gone.forEach(this::remove);
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
        TableRecord known = remove(key);
        Map<String, List<String>> values = change.of(known == null ? Map.of() : known.values());
        long ttl = definition.ttlMillis();
        add(new TableRecord(
                key,
                values,
                known == null ? 0 : known.updates() + 1,
                known == null ? nowMillis : known.createdMillis(),
                nowMillis,
                ttl == 0 ? Long.MAX_VALUE : nowMillis + ttl));
        bound();
    }

    private void add(TableRecord record) {
        records.put(record.key(), record);
        touch(record.key());
        weigh(record.bytes());
        if (record.expiresMillis() != Long.MAX_VALUE) {
            due.add(record);
            if (due.size() > 2 * records.size() + UNSWEPT) {
                due.clear();
                due.addAll(records.values());
            }
        }
    }

    private void weigh(long change) {
        bytes += change;
        total.bytes += change;
    }

    private @Nullable TableRecord remove(List<String> key) {
        TableRecord known = records.remove(key);
        if (known != null) {
            touch(known.key());
            weigh(-known.bytes());
        }
        return known;
    }

    /// Lets records go until there are no more than there may be.
    void bound() {
        while (records.size() > definition.maximumRecords()) {
            evictFirst();
        }
    }

    private void evictFirst() {
        Map.Entry<List<String>, TableRecord> first = records.pollFirstEntry();
        if (first != null) {
            touch(first.getKey());
            weigh(-first.getValue().bytes());
            evicted++;
        }
    }

    /// Lets those go that were written longest ago until the others take at most so much memory.
    void shrink(long mostBytes) {
        while (bytes > mostBytes && !records.isEmpty()) {
            evictFirst();
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
            values.put(name(field), List.copyOf(kept));
        } else {
            refused++;
        }
    }

    /// The same text for each record.
    private String name(String field) {
        String known = names.get(field);
        if (known == null && names.size() < MAXIMUM_NAMES) {
            names.put(field, field);
        }
        return known == null ? field : known;
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
    @SuppressWarnings("ReferenceEquality")
    long dueMillis() {
        TableRecord next = due.peek();
        // A record that was written anew is another one.
        while (next != null && records.get(next.key()) != next) {
            due.remove();
            next = due.peek();
        }
        return next == null ? Long.MAX_VALUE : next.expiresMillis();
    }

    /// Takes out the record that expires next, if it does by then.
    @Nullable
    TableRecord expire(long nowMillis) {
        long at = dueMillis();
        TableRecord next = due.peek();
        if (next == null || at > nowMillis) {
            return null;
        }
        due.remove();
        expired++;
        return remove(next.key());
    }

    /// About how much memory the records take.
    long bytes() {
        return bytes;
    }

    /// Records that expired since the table was made or its state was read.
    long expired() {
        return expired;
    }

    /// Records that went because there were too many.
    long evicted() {
        return evicted;
    }

    /// Keys and values that were not of the types of the table.
    long refused() {
        return refused;
    }

    /// Makes the record with this key be this one, or none, as it was before.
    ///
    /// @param nowMillis what has expired by then is none
    void restore(List<String> key, @Nullable TableRecord record, long nowMillis) {
        remove(key);
        if (record != null && record.expiresMillis() > nowMillis) {
            add(record);
            bound();
        }
    }

    /// The record that a row of another correlator is here; null when its key is none of this table.
    @Nullable
    TableRecord record(SharingStep.Row row) {
        List<String> key = key(row.key());
        if (key == null) {
            return null;
        }
        Map<String, List<String>> values = new TreeMap<>();
        row.values().forEach((field, items) -> put(values, field, items));
        return record(key, values, row.updates(), row.createdMillis(), row.updatedMillis());
    }

    private TableRecord record(
            List<String> key, Map<String, List<String>> values, long updates, long created, long updated) {
        long ttl = definition.ttlMillis();
        return new TableRecord(key, values, updates, created, updated, ttl == 0 ? Long.MAX_VALUE : updated + ttl);
    }

    /// Counts what rules wrote and what was not taken.
    void refuse() {
        refused++;
    }

    void write(StateWriter out) {
        out.count(evicted);
        out.count(refused);
        out.count(records.size());
        records.values().forEach(record -> write(out, record));
    }

    void write(StateWriter out, TableRecord record) {
        TableRecord.write(out, record.key());
        TableRecord.write(out, record.values());
        out.count(record.updates());
        out.number(record.createdMillis());
        out.number(record.updatedMillis());
    }

    /// Takes over saved records; their time to live is that of the definition of today. There may be too many before
    /// [#bound].
    void read(StateReader in) {
        clear();
        evicted = in.count();
        refused = in.count();
        int size = in.size();
        for (int i = 0; i < size; i++) {
            add(readRecord(in));
        }
    }

    /// True when nothing has changed since [#saved].
    boolean isUnchanged() {
        LinkedHashSet<List<String>> keys = touched;
        return keys != null && keys.isEmpty() && evicted == savedEvicted && refused == savedRefused;
    }

    /// Follows changes from here on.
    void saved() {
        touched = new LinkedHashSet<>();
        savedEvicted = evicted;
        savedRefused = refused;
    }

    /// Writes what has changed since [#saved], or everything when that is not known.
    void writeChanges(StateWriter out) {
        LinkedHashSet<List<String>> keys = touched;
        out.flag(keys == null);
        if (keys == null) {
            write(out);
            return;
        }
        out.count(evicted);
        out.count(refused);
        out.count(keys.size());
        for (List<String> key : keys) {
            TableRecord record = records.get(key);
            out.flag(record != null);
            if (record == null) {
                TableRecord.write(out, key);
            } else {
                write(out, record);
            }
        }
    }

    /// Does what [#writeChanges] wrote after what it has. There may be too many records before [#bound].
    void readChanges(StateReader in) {
        if (in.flag()) {
            read(in);
            return;
        }
        evicted = in.count();
        refused = in.count();
        int size = in.size();
        for (int i = 0; i < size; i++) {
            if (in.flag()) {
                TableRecord record = readRecord(in);
                remove(record.key());
                add(record);
            } else {
                remove(TableRecord.readTexts(in));
            }
        }
    }

    TableRecord readRecord(StateReader in) {
        List<String> key = TableRecord.readTexts(in);
        int fields = in.size();
        Map<String, List<String>> values = new TreeMap<>();
        for (int i = 0; i < fields; i++) {
            values.put(name(in.text()), TableRecord.readTexts(in));
        }
        long updates = in.count();
        long created = in.number();
        long updated = in.number();
        return record(key, values, updates, created, updated);
    }

    /// When a record was last written that is still there; null when none is.
    @Nullable
    Long writtenMillis() {
        Map.Entry<List<String>, TableRecord> last = records.lastEntry();
        return last == null ? null : last.getValue().updatedMillis();
    }
}
