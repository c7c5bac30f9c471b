package io.tocsin.correlator.table;

import java.util.List;
import java.util.Map;

/// A dictionary or table whose rows no rule changes. Immutable.
///
/// @param rows columns and their values by key
public record FixedTable(String name, Map<List<String>, Map<String, String>> rows) {
    public FixedTable {
        rows = Map.copyOf(rows);
    }
}
