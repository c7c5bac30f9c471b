package io.tocsin.correlator.function;

import java.util.List;

/// Reads records of active lists, context tables, dictionaries and tables by name.
public interface TableReader {
    /// Knows no table.
    TableReader NONE = new TableReader() {
        @Override
        public boolean contains(String table, List<String> key) {
            return false;
        }

        @Override
        public List<String> values(String table, String field, List<String> key) {
            return List.of();
        }
    };

    /// True when there is a record with this key.
    boolean contains(String table, List<String> key);

    /// The values of a field of the record with this key; none when the table, the record or the field is absent.
    List<String> values(String table, String field, List<String> key);
}
