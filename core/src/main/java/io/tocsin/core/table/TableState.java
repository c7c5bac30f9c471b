package io.tocsin.core.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A list or table as it is now.
///
/// @param correlator whose it is: `local` for the one of this process, else host and port
/// @param kind `active-list` or `context-table`, which change, or `dictionary` or `table`, which are read only
/// @param scope `correlator`, or `shared` when all correlators have the same records
/// @param ttlMillis how long a record lives after it was last written; 0 for ever
/// @param maximumRecords when there are more, those written longest ago go
/// @param bytes about how much memory the records take
/// @param evicted records that went because there were too many, or memory was short
/// @param refused keys and values of rules that were not of the types of the table
/// @param expired records that expired since the correlator started
/// @param writtenAt event time of the last write to a record that is still there, or null
/// @param fields of a context table, or columns of a dictionary or table; empty for an active list
/// @param file where a dictionary or table is read from, or null
public record TableState(
        String name,
        String correlator,
        String kind,
        String description,
        String scope,
        long ttlMillis,
        int maximumRecords,
        int records,
        long bytes,
        long evicted,
        long refused,
        long expired,
        @Nullable Long writtenAt,
        List<Field> fields,
        @Nullable String file) {
    public TableState {
        fields = List.copyOf(fields);
    }

    /// The same at another correlator.
    TableState at(String other) {
        return new TableState(
                name,
                other,
                kind,
                description,
                scope,
                ttlMillis,
                maximumRecords,
                records,
                bytes,
                evicted,
                refused,
                expired,
                writtenAt,
                fields,
                file);
    }

    /// True when its records can be changed.
    public boolean changes() {
        return kind.equals("active-list") || kind.equals("context-table");
    }

    /// A field or column.
    ///
    /// @param type `string`, `integer`, `float`, `boolean`, `timestamp` or `address`
    public record Field(String name, String type, boolean list, boolean key) {}
}
