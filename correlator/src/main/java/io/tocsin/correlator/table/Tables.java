package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.function.TableReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All tables of an engine: those that rules change, and those that they only read.
///
/// Thread-safety: one thread.
public final class Tables implements TableReader {
    private final Map<String, LiveTable> live = new LinkedHashMap<>();
    private final Map<String, FixedTable> fixed = new LinkedHashMap<>();

    /// A record that has expired.
    public record Expired(TableDefinition table, TableRecord record) {}

    /// Figures of a table.
    ///
    /// @param records number of records now
    /// @param evicted records that went because there were too many
    /// @param refused keys and values that were not of the types of the table
    public record Figures(TableDefinition definition, int records, long evicted, long refused) {}

    public Tables(List<TableDefinition> definitions, List<FixedTable> fixedTables) {
        definitions.forEach(each -> live.put(each.name(), new LiveTable(each)));
        fixedTables.forEach(each -> fixed.put(each.name(), each));
    }

    @Override
    public boolean contains(String table, List<String> key) {
        LiveTable changing = live.get(table);
        if (changing != null) {
            return changing.get(key) != null;
        }
        FixedTable known = fixed.get(table);
        return known != null && known.rows().containsKey(key);
    }

    @Override
    public List<String> values(String table, String field, List<String> key) {
        LiveTable changing = live.get(table);
        if (changing != null) {
            TableRecord found = changing.get(key);
            return found == null ? List.of() : found.values().getOrDefault(field, List.of());
        }
        FixedTable known = fixed.get(table);
        Map<String, String> row = known == null ? null : known.rows().get(key);
        String value = row == null ? null : row.get(field);
        return value == null || value.isEmpty() ? List.of() : List.of(value);
    }

    /// Writes fields of a record; see the other operations for how.
    public void set(String table, List<String> key, Map<String, List<String>> values, long nowMillis) {
        changing(table).set(key, values, nowMillis);
    }

    /// Adds items to list fields, each once.
    public void merge(String table, List<String> key, Map<String, List<String>> values, long nowMillis) {
        changing(table).merge(key, values, nowMillis);
    }

    /// Adds numbers to fields.
    public void sum(String table, List<String> key, Map<String, List<String>> values, long nowMillis) {
        changing(table).sum(key, values, nowMillis);
    }

    public void delete(String table, List<String> key) {
        changing(table).delete(key);
    }

    /// Removes all records.
    public void clear(String table) {
        changing(table).clear();
    }

    private LiveTable changing(String table) {
        LiveTable found = live.get(table);
        if (found == null) {
            throw new IllegalStateException("BUG: rules name only tables that are there [table=" + table + "]");
        }
        return found;
    }

    /// When the next record of any table expires; [Long#MAX_VALUE] for never.
    public long dueMillis() {
        long due = Long.MAX_VALUE;
        for (LiveTable table : live.values()) {
            due = Math.min(due, table.dueMillis());
        }
        return due;
    }

    /// Takes out the next record that expires by then, in the order of the tables; null when there is none.
    public @Nullable Expired expire(long nowMillis) {
        long due = dueMillis();
        for (LiveTable table : live.values()) {
            if (table.dueMillis() == due) {
                TableRecord gone = table.expire(nowMillis);
                if (gone != null) {
                    return new Expired(table.definition(), gone);
                }
            }
        }
        return null;
    }

    /// Figures of the tables that rules change, in their order.
    public List<Figures> figures() {
        List<Figures> figures = new ArrayList<>();
        for (LiveTable table : live.values()) {
            figures.add(new Figures(table.definition(), table.records().size(), table.evicted(), table.refused()));
        }
        return figures;
    }

    /// The records of a table that rules change, those written longest ago first; null when there is no such table.
    public @Nullable List<TableRecord> records(String table) {
        LiveTable found = live.get(table);
        return found == null ? null : List.copyOf(found.records());
    }

    public void write(StateWriter out) {
        out.count(live.size());
        live.forEach((name, table) -> {
            out.text(name);
            StateWriter nested = new StateWriter();
            table.write(nested);
            out.blob(nested.array(), 0, nested.length());
        });
    }

    /// Takes over the records of the tables that are still there.
    public void read(StateReader in) {
        int count = in.size();
        for (int i = 0; i < count; i++) {
            LiveTable table = live.get(in.text());
            byte[] saved = in.blob();
            if (table != null) {
                table.read(new StateReader(saved));
            }
        }
    }
}
