package io.tocsin.correlator.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an active list or context table is: a resource. Immutable.
///
/// @param fields of a context table; empty for an active list, whose key is any values and whose fields are free
/// @param ttlMillis how long a record lives after it was last written, in event time; 0 for ever
/// @param maximumRecords when there are more, the one written longest ago goes
public record TableDefinition(
        String name, Kind kind, String description, long ttlMillis, int maximumRecords, List<TableField> fields) {
    /// Longest time to live of a record: 100 years.
    public static final long MAXIMUM_TTL_MILLIS = 36_525L * 86_400_000;

    public TableDefinition {
        fields = List.copyOf(fields);
    }

    public enum Kind {
        ACTIVE_LIST("active-list", "active list record expired"),
        CONTEXT_TABLE("context-table", "context table record expired");

        private final String text;
        private final String expiryName;

        Kind(String text, String expiryName) {
            this.text = text;
            this.expiryName = expiryName;
        }

        /// The `kind` of the resource.
        public String text() {
            return text;
        }

        /// Name of the event that rules see when a record expires.
        public String expiryName() {
            return expiryName;
        }
    }

    /// The key fields of a context table in their order.
    public List<TableField> keyFields() {
        return fields.stream().filter(TableField::isKey).toList();
    }

    /// The field of this name, or null.
    public @Nullable TableField field(String name) {
        return fields.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
