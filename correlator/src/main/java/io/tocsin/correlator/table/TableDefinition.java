package io.tocsin.correlator.table;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an active list or context table is: a resource. Immutable.
///
/// @param fields of a context table; empty for an active list, whose key is any values and whose fields are free
/// @param ttlMillis how long a record lives after it was last written, in event time; 0 for ever
/// @param maximumRecords when there are more, the one written longest ago goes
/// @param scope whose records they are
public record TableDefinition(
        String name,
        Kind kind,
        String description,
        long ttlMillis,
        int maximumRecords,
        List<TableField> fields,
        Scope scope) {
    /// Longest time to live of a record: 100 years.
    public static final long MAXIMUM_TTL_MILLIS = 36_525L * 86_400_000;

    public TableDefinition {
        fields = List.copyOf(fields);
    }

    /// A table of one correlator.
    public TableDefinition(
            String name, Kind kind, String description, long ttlMillis, int maximumRecords, List<TableField> fields) {
        this(name, kind, description, ttlMillis, maximumRecords, fields, Scope.CORRELATOR);
    }

    /// Whose records these are.
    public enum Scope {
        /// Each correlator has its own.
        CORRELATOR,
        /// All correlators of the installation have the same; what one writes reaches the others.
        SHARED;

        /// How it is written in resources.
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
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

    /// Longest key, in characters, all parts together.
    public static final int MAXIMUM_KEY_LENGTH = 2_048;
    /// Longest value, in characters.
    public static final int MAXIMUM_VALUE_LENGTH = 8_192;
    /// Most fields of a record of an active list.
    public static final int MAXIMUM_FIELDS = 100;
    /// Most values of a field.
    public static final int MAXIMUM_ITEMS = 10_000;

    /// Why a record with this key and these values cannot stand in the table, or null. Rules are not asked: what does
    /// not fit of what they write is left out and counted.
    public @Nullable String problem(TableChange.Row row) {
        String wrong = keyProblem(row.key());
        if (wrong == null && row.values().size() > MAXIMUM_FIELDS) {
            wrong = "too many fields [fields=" + row.values().size() + ", maximum=" + MAXIMUM_FIELDS + "]";
        }
        for (Map.Entry<String, List<String>> each : row.values().entrySet()) {
            wrong = wrong == null ? valueProblem(each.getKey(), each.getValue()) : wrong;
        }
        return wrong;
    }

    /// Why this is no key of the table, or null.
    public @Nullable String keyProblem(List<String> key) {
        List<TableField> keyFields = keyFields();
        if (key.stream().allMatch(String::isEmpty)) {
            return "the key is empty";
        }
        if (key.stream().mapToInt(String::length).sum() > MAXIMUM_KEY_LENGTH) {
            return "the key is too long [maximumCharacters=" + MAXIMUM_KEY_LENGTH + "]";
        }
        if (key.stream().anyMatch(TableDefinition::isUnreadable)) {
            return "the key holds a character that is no text: NUL, or one that is not UTF-8";
        }
        if (keyFields.isEmpty()) {
            return null;
        }
        if (key.size() != keyFields.size()) {
            return "the key has the wrong number of parts [parts=" + key.size() + ", fields="
                    + keyFields.stream().map(TableField::name).toList() + "]";
        }
        for (int i = 0; i < key.size(); i++) {
            TableField field = keyFields.get(i);
            if (field.type().normal(key.get(i)) == null) {
                return "a part of the key is not of its type [field=" + field.name() + ", type="
                        + field.type().text() + ", value=" + shown(key.get(i)) + "]";
            }
        }
        return null;
    }

    private @Nullable String valueProblem(String name, List<String> items) {
        TableField field = field(name);
        if (name.isEmpty() || name.length() > 128 || isUnreadable(name)) {
            return "not a name of a field [field=" + shown(name) + "]";
        }
        if (!fields.isEmpty() && (field == null || field.isKey())) {
            return (field == null ? "no such field" : "a field of the key is no value") + " [field=" + name + "]";
        }
        if (items.size() > MAXIMUM_ITEMS || (field != null && !field.isList() && items.size() > 1)) {
            return "too many values [field=" + name + ", values=" + items.size() + "]";
        }
        for (String item : items) {
            if (item.length() > MAXIMUM_VALUE_LENGTH) {
                return "a value is too long [field=" + name + ", characters=" + item.length() + ", maximum="
                        + MAXIMUM_VALUE_LENGTH + "]";
            }
            if (isUnreadable(item)) {
                return "a value holds a character that is no text: NUL, or one that is not UTF-8 [field=" + name + "]";
            }
            if (field != null && field.type().normal(item) == null) {
                return "a value is not of its type [field=" + name + ", type="
                        + field.type().text() + ", value=" + shown(item) + "]";
            }
        }
        return null;
    }

    private static boolean isUnreadable(String text) {
        return text.indexOf('\0') >= 0 || text.indexOf('\uFFFD') >= 0;
    }

    private static String shown(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
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
