package io.tocsin.storage.store;

import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.storage.embedded.Session;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The tables of the storage. Created when missing; columns that a newer schema has and the table lacks are added,
/// so that an upgrade needs no step of its own. Columns are never dropped or changed.
///
/// A field of `events` takes no place until the first event fills it: its column is an alias of its empty value, can
/// be asked for like any other, and is made a stored column by [#store] right before the insert that needs it.
///
/// Partitions are days of `Timestamp`, so that retention drops whole partitions; rows are ordered by `Timestamp`,
/// so that a time range reads only its granules and the newest events come without sorting. An empty field is the
/// empty text or 0.
public final class Tables {
    /// The database that holds all tables.
    public static final String DATABASE = "tocsin";

    /// The tables that users may query.
    public static final List<String> READABLE = List.of("events", "ledger");

    /// How many inserted blocks a table remembers to recognise repeats. A repeat comes right after a restart or a
    /// broken connection, so this is generous; one entry costs about 100 bytes.
    private static final int DEDUPLICATION_WINDOW = 100_000;

    /// Texts with few different values: kept as numbers into a dictionary.
    private static final Set<Field> REPEATING = EnumSet.of(
            Field.TENANT_ID,
            Field.SERVICE_ID,
            Field.SERVICE_NAME,
            Field.SPACE_ID,
            Field.CONNECTOR_NAME,
            Field.ENTRY_ADDRESS,
            Field.LISTEN_ADDRESS,
            Field.ENTRY_PATH,
            Field.RELAY_ADDRESS,
            Field.ENTRY_SUBJECT,
            Field.NORMALIZER_NAME,
            Field.CODE,
            Field.AGGREGATION_RULE_ID,
            Field.AGGREGATION_RULE_NAME,
            Field.CORRELATION_RULE_ID,
            Field.CORRELATION_RULE_NAME,
            Field.APPLICATION_PROTOCOL,
            Field.TRANSPORT_PROTOCOL,
            Field.SOURCE_COUNTRY,
            Field.DESTINATION_COUNTRY,
            Field.DEVICE_COUNTRY,
            Field.SOURCE_REGION,
            Field.DESTINATION_REGION,
            Field.DEVICE_REGION,
            Field.SOURCE_CITY,
            Field.DESTINATION_CITY,
            Field.DEVICE_CITY,
            Field.SOURCE_NT_DOMAIN,
            Field.DESTINATION_NT_DOMAIN,
            Field.DEVICE_NT_DOMAIN,
            Field.DEVICE_ACTION,
            Field.DEVICE_ADDRESS,
            Field.DEVICE_EVENT_CATEGORY,
            Field.DEVICE_EVENT_CLASS_ID,
            Field.DEVICE_FACILITY,
            Field.DEVICE_HOST_NAME,
            Field.DEVICE_INBOUND_INTERFACE,
            Field.DEVICE_OUTBOUND_INTERFACE,
            Field.DEVICE_PROCESS_NAME,
            Field.DEVICE_PRODUCT,
            Field.DEVICE_TIME_ZONE,
            Field.DEVICE_VENDOR,
            Field.DEVICE_VERSION,
            Field.EVENT_OUTCOME,
            Field.NAME,
            Field.REQUEST_METHOD,
            Field.SEVERITY,
            Field.TACTIC,
            Field.TECHNIQUE);

    /// Fields that every event has.
    private static final Set<String> ALWAYS_FILLED = Set.of(
            Field.ID.fieldName(),
            Field.TIMESTAMP.fieldName(),
            Field.TYPE.fieldName(),
            Field.ENTRY_SEQUENCE.fieldName(),
            Field.SERVICE_NAME.fieldName(),
            Field.CONNECTOR_NAME.fieldName(),
            Field.RAW.fieldName());

    /// When the row came in; not of the event, so that `SELECT *` leaves it out.
    private static final Column STORED_TIME =
            new Column("StoredTime", "DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC')", " CODEC(Delta, LZ4)", "");

    private Tables() {}

    /// A column of a table.
    ///
    /// @param type ClickHouse type
    /// @param codec how it is compressed, or the empty text for the default
    /// @param empty what an event has that does not fill it
    public record Column(String name, String type, String codec, String empty) {
        Column(String name, String type) {
            this(name, type, "", "");
        }

        String definition() {
            return "`" + name + "` " + type + codec;
        }

        String alias() {
            return "`" + name + "` " + type + " ALIAS " + empty;
        }
    }

    /// The columns of `events`: all fields of the schema, then the families of dynamic fields.
    public static List<Column> eventColumns() {
        List<Column> columns = new ArrayList<>();
        for (Field field : Field.values()) {
            columns.add(new Column(field.fieldName(), type(field), codec(field), empty(field.type())));
        }
        for (DynamicKind kind : DynamicKind.values()) {
            columns.add(new Column(kind.prefix(), type(kind), "", "materialize(map())"));
        }
        return columns;
    }

    private static String type(Field field) {
        if (field == Field.ID) {
            return "UUID";
        }
        return switch (field.type()) {
            case STRING -> isRepeating(field) ? "LowCardinality(String)" : "String";
            case INTEGER -> "Int64";
            case FLOAT -> "Float64";
            case TIMESTAMP -> "DateTime64(3, 'UTC')";
            case STRING_ARRAY -> "Array(String)";
        };
    }

    /// No constants: the engine would call functions with them while it plans, and functions that refuse empty values
    /// would fail searches that find nothing.
    private static String empty(FieldType type) {
        return switch (type) {
            case STRING -> "materialize('')";
            case INTEGER, FLOAT, TIMESTAMP -> "materialize(0)";
            case STRING_ARRAY -> "materialize([])";
        };
    }

    /// Labels of custom fields repeat by their nature.
    private static boolean isRepeating(Field field) {
        return REPEATING.contains(field) || field.fieldName().endsWith("Label");
    }

    /// The texts that make most of the bytes are worth a slower codec.
    private static String codec(Field field) {
        if (field == Field.RAW || field == Field.MESSAGE) {
            return " CODEC(ZSTD(1))";
        }
        return field.type() == FieldType.TIMESTAMP || field == Field.ENTRY_SEQUENCE ? " CODEC(Delta, LZ4)" : "";
    }

    private static String type(DynamicKind kind) {
        String element = switch (kind.elementType()) {
            case STRING -> "String";
            case INTEGER -> "Int64";
            case FLOAT -> "Float64";
            case TIMESTAMP, STRING_ARRAY ->
                throw new IllegalStateException("BUG: no dynamic field has this type [kind=" + kind + "]");
        };
        // Plain keys: with LowCardinality keys the empty maps of an insert cost more than all filled columns together.
        return "Map(String, " + (kind.isArray() ? "Array(" + element + ")" : element) + ")";
    }

    private static List<Column> ledgerColumns() {
        return List.of(
                new Column("Minute", "DateTime64(3, 'UTC')"),
                new Column("Collector", "LowCardinality(String)"),
                new Column("Source", "LowCardinality(String)"),
                new Column("Counter", "LowCardinality(String)"),
                new Column("Reason", "LowCardinality(String)"),
                new Column("Value", "Int64"));
    }

    private static List<Column> deliveryColumns() {
        return List.of(
                new Column("Producer", "UInt64"),
                new Column("Epoch", "Int32"),
                new Column("End", "Int64"),
                new Column("First", "Int64 DEFAULT -1"),
                new Column("Checksum", "Int32 DEFAULT 0"),
                new Column("Stored", "DateTime64(3, 'UTC') DEFAULT now64(3)"));
    }

    /// Creates what is missing.
    public static void prepare(Session session) {
        create(
                session,
                "events",
                Stream.concat(eventColumns().stream(), Stream.of(STORED_TIME)).toList(),
                "MergeTree PARTITION BY toYYYYMMDD(Timestamp) ORDER BY Timestamp",
                // Parts of small inserts stay in one file; a part of 190 columns in files of their own costs 400 files.
                "min_rows_for_wide_part = 2000000, min_bytes_for_wide_part = 536870912");
        create(
                session,
                "ledger",
                ledgerColumns(),
                "SummingMergeTree(Value) PARTITION BY toYYYYMM(Minute)"
                        + " ORDER BY (Minute, Collector, Source, Counter, Reason)",
                "index_granularity = 1024");
        create(
                session,
                "deliveries",
                deliveryColumns(),
                "ReplacingMergeTree(End) ORDER BY (Producer, Epoch)",
                "index_granularity = 256");
        // Of installations that are older than these columns.
        session.execute("ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS First Int64 DEFAULT -1,"
                + " ADD COLUMN IF NOT EXISTS Checksum Int32 DEFAULT 0");
    }

    private static void create(Session session, String table, List<Column> columns, String engine, String settings) {
        String definitions = columns.stream()
                .map(column -> isStoredFromTheBeginning(column) ? column.definition() : column.alias())
                .collect(Collectors.joining(", "));
        // The statistics that the engine computes for every column on its own are a third of the cost of an insert and
        // help no query of ours.
        session.execute(
                "CREATE TABLE IF NOT EXISTS " + table + " (" + definitions + ") ENGINE = " + engine + " SETTINGS "
                        + settings + ", non_replicated_deduplication_window = " + DEDUPLICATION_WINDOW
                        + ", fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = ''");
        Set<String> present = columnNames(session, table, "");
        List<String> missing = columns.stream()
                .filter(column -> !present.contains(column.name()))
                .map(column -> "ADD COLUMN IF NOT EXISTS "
                        + (isStoredFromTheBeginning(column) ? column.definition() : column.alias()))
                .toList();
        if (!missing.isEmpty()) {
            session.execute("ALTER TABLE " + table + " " + String.join(", ", missing));
        }
    }

    private static boolean isStoredFromTheBeginning(Column column) {
        return column.empty().isEmpty() || ALWAYS_FILLED.contains(column.name());
    }

    private static Set<String> columnNames(Session session, String table, String condition) {
        return new HashSet<>(session.text("SELECT name FROM system.columns WHERE database = currentDatabase()"
                        + " AND table = '" + table + "'" + condition)
                .lines()
                .toList());
    }

    /// Names of the columns of `events` that take place.
    static Set<String> storedEventColumns(Session session) {
        return columnNames(session, "events", " AND default_kind = ''");
    }

    /// Makes stored columns of these fields of `events`. Changes the description of the table only, no data.
    static void store(Session session, Set<String> names) {
        List<Column> columns = eventColumns().stream()
                .filter(column -> names.contains(column.name()))
                .toList();
        alter(session, columns.stream().map(column -> "MODIFY COLUMN `" + column.name() + "` REMOVE ALIAS"));
        alter(
                session,
                columns.stream()
                        .filter(column -> !column.codec().isEmpty())
                        .map(column -> "MODIFY COLUMN " + column.definition()));
    }

    private static void alter(Session session, Stream<String> changes) {
        String all = changes.collect(Collectors.joining(", "));
        if (!all.isEmpty()) {
            session.execute("ALTER TABLE events " + all);
        }
    }
}
