package io.tocsin.correlator.table;

import io.tocsin.correlator.window.Hash128;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A dictionary or table whose rows no rule changes. Immutable.
///
/// @param kind `dictionary` or `table`
/// @param keyColumns names of the columns that make the key
/// @param file where it was read from, or null
public record FixedTable(
        String name,
        String kind,
        List<String> keyColumns,
        Rows rows,
        @Nullable String file) {
    /// What a dictionary calls its only column.
    public static final String VALUE = "value";

    public FixedTable {
        keyColumns = List.copyOf(keyColumns);
    }

    /// The rows, however they are held. Immutable; any thread.
    public interface Rows {
        boolean contains(List<String> key);

        /// The cell of a row, or null when the row or the column is not there.
        @Nullable
        String value(List<String> key, String column);

        int size();

        /// Columns besides those of the key.
        List<String> columns();

        /// Shows all rows: key, and filled cells by column.
        void forEach(BiConsumer<List<String>, Map<String, String>> each);
    }

    /// Rows that are written out.
    ///
    /// @param rows columns and their values by key
    public static FixedTable of(
            String name, String kind, List<String> keyColumns, Map<List<String>, Map<String, String>> rows) {
        return new FixedTable(name, kind, keyColumns, new Written(Map.copyOf(rows)), null);
    }

    private record Written(Map<List<String>, Map<String, String>> rows) implements Rows {
        @Override
        public boolean contains(List<String> key) {
            return rows.containsKey(key);
        }

        @Override
        public @Nullable String value(List<String> key, String column) {
            Map<String, String> row = rows.get(key);
            return row == null ? null : row.get(column);
        }

        @Override
        public int size() {
            return rows.size();
        }

        @Override
        public List<String> columns() {
            Set<String> columns = new LinkedHashSet<>();
            rows.values().forEach(row -> columns.addAll(new TreeMap<>(row).keySet()));
            return List.copyOf(columns);
        }

        @Override
        public void forEach(BiConsumer<List<String>, Map<String, String>> each) {
            rows.forEach(each);
        }
    }

    /// A hash of all rows, whatever their order.
    public long contentHash() {
        long[] sum = {new Hash128().add(name).low()};
        rows.forEach((key, cells) -> sum[0] += hash(key, cells));
        return sum[0];
    }

    private static long hash(List<String> key, Map<String, String> cells) {
        Hash128 hash = new Hash128();
        key.forEach(hash::add);
        new TreeMap<>(cells).forEach((column, cell) -> hash.add(column).add(cell));
        return hash.low();
    }

    /// How this table differs from what it was before, such as `hosts: 3 rows added, 1 removed, 2 changed`; null when
    /// it does not.
    public @Nullable String changesSince(@Nullable FixedTable before) {
        if (before == null) {
            return name + ": new, " + rows.size() + " rows";
        }
        if (before.rows.equals(rows)) {
            return null;
        }
        Map<List<String>, Long> known = new HashMap<>();
        before.rows.forEach((key, cells) -> known.put(List.copyOf(key), hash(key, cells)));
        long[] counts = new long[2];
        rows.forEach((key, cells) -> {
            Long hash = known.remove(key);
            if (hash == null) {
                counts[0]++;
            } else if (hash != hash(key, cells)) {
                counts[1]++;
            }
        });
        return counts[0] + counts[1] + known.size() == 0
                ? null
                : name + ": " + counts[0] + " rows added, " + known.size() + " removed, " + counts[1] + " changed";
    }
}
