package io.tocsin.app.table;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.core.table.TableEdit;
import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.core.table.TableState;
import io.tocsin.core.table.TableStore;
import io.tocsin.core.table.TableStores;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import io.tocsin.correlator.table.TableRecord;
import io.tocsin.correlator.table.Tables;
import io.tocsin.error.ErrorCode;
import io.tocsin.event.BatchEncoder;
import io.tocsin.event.BatchLedger;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogException;
import io.tocsin.pipeline.transport.log.LogPosition;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The lists and tables of the correlator of this process. Reading asks the engine between two records. A change is
/// an event in the log that the engine reads ([TableChange]): durable when a method returns, at one place among the
/// other events, and counted by the ledger as received from `tables`.
///
/// Thread-safety: any thread.
public final class CorrelatorTables implements TableStore {
    /// The name under which changes stand in the log.
    public static final String ROUTE = "tables";

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final long APPLY_MILLIS = 2_000;
    private static final long LOOK_MILLIS = 5;
    private static final String TABLE = "list or table";
    private static final EntryOrigin ORIGIN = new EntryOrigin("", ROUTE, "tables", "", -1, "", -1, "");
    private static final Comparator<TableEntry> BY_KEY = (left, right) -> TableRecord.compare(left.key(), right.key());

    private final Supplier<RuleSet> rules;
    private final CorrelatorRunner correlator;
    private final DurableLog log;
    private final Supplier<LogPosition> reached;
    private final Path folder;
    private final SystemClock clock;
    private final @Nullable SharedChanges shared;
    private final EventIds ids;

    /// Where changes of shared lists go, to be done by all correlators in one order.
    ///
    /// @param log takes them; null when only another process can: people ask that one
    /// @param isPassedOn true when the log that this correlator reads has all of it
    public record SharedChanges(@Nullable DurableLog log, BooleanSupplier isPassedOn) {}

    /// The tables of a correlator that shares none.
    public CorrelatorTables(
            Supplier<RuleSet> rules,
            CorrelatorRunner correlator,
            DurableLog log,
            Supplier<LogPosition> reached,
            Path folder,
            SystemClock clock) {
        this(rules, correlator, log, reached, folder, clock, null);
    }

    /// @param rules whose tables these are
    /// @param log which the correlator reads
    /// @param reached everything before is read by the correlator
    /// @param folder for files that are being imported
    /// @param shared where changes of shared lists go; null: nothing is shared
    public CorrelatorTables(
            Supplier<RuleSet> rules,
            CorrelatorRunner correlator,
            DurableLog log,
            Supplier<LogPosition> reached,
            Path folder,
            SystemClock clock,
            @Nullable SharedChanges shared) {
        this.rules = rules;
        this.correlator = correlator;
        this.log = log;
        this.reached = reached;
        this.folder = folder;
        this.clock = clock;
        this.shared = shared;
        this.ids = new EventIds(clock);
    }

    @Override
    public List<TableState> list() {
        Map<String, Tables.Figures> figures = new HashMap<>();
        ask(engine -> engine.tables().figures())
                .forEach(each -> figures.put(each.definition().name(), each));
        List<TableState> states = new ArrayList<>();
        RuleSet set = rules.get();
        set.tables().stream()
                .sorted(Comparator.comparing(TableDefinition::name))
                .forEach(each -> states.add(state(each, figures.get(each.name()))));
        set.fixedTables().stream()
                .sorted(Comparator.comparing(FixedTable::name))
                .forEach(each -> states.add(state(each)));
        return states;
    }

    private static TableState state(TableDefinition table, Tables.@Nullable Figures figures) {
        return new TableState(
                table.name(),
                TableStores.LOCAL,
                table.kind().text(),
                table.description(),
                table.scope().text(),
                table.ttlMillis(),
                table.maximumRecords(),
                figures == null ? 0 : figures.records(),
                figures == null ? 0 : figures.bytes(),
                figures == null ? 0 : figures.evicted(),
                figures == null ? 0 : figures.refused(),
                figures == null ? 0 : figures.expired(),
                figures == null ? null : figures.writtenMillis(),
                table.fields().stream()
                        .map(field ->
                                new TableState.Field(field.name(), field.type().text(), field.isList(), field.isKey()))
                        .toList(),
                null);
    }

    private static TableState state(FixedTable table) {
        List<TableState.Field> columns = new ArrayList<>();
        table.keyColumns().forEach(name -> columns.add(new TableState.Field(name, "string", false, true)));
        table.rows().columns().forEach(name -> columns.add(new TableState.Field(name, "string", false, false)));
        return new TableState(
                table.name(),
                TableStores.LOCAL,
                table.kind(),
                "",
                "correlator",
                0,
                0,
                table.rows().size(),
                0,
                0,
                0,
                0,
                null,
                columns,
                table.file());
    }

    /// OpenMetrics text of the lists that rules change.
    public String metrics() {
        StringBuilder text = new StringBuilder();
        List<Tables.Figures> figures = correlator.tableFigures();
        metric(text, figures, "records", "gauge", "Records of a list.", each -> each.records());
        metric(text, figures, "bytes", "gauge", "Memory of its records, estimated.", Tables.Figures::bytes);
        metric(
                text,
                figures,
                "evicted_records",
                "counter",
                "Records lost because it was full.",
                Tables.Figures::evicted);
        metric(
                text,
                figures,
                "refused_values",
                "counter",
                "Keys and values that did not fit.",
                Tables.Figures::refused);
        metric(text, figures, "expired_records", "counter", "Records that expired.", Tables.Figures::expired);
        return text.toString();
    }

    private static void metric(
            StringBuilder text,
            List<Tables.Figures> figures,
            String name,
            String type,
            String help,
            ToLongFunction<Tables.Figures> value) {
        if (figures.isEmpty()) {
            return;
        }
        String full = "tocsin_table_" + name;
        text.append("# TYPE ").append(full).append(' ').append(type).append("\n# HELP ");
        text.append(full).append(' ').append(help).append('\n');
        for (Tables.Figures each : figures) {
            text.append(full).append(type.equals("counter") ? "_total" : "").append("{table=\"");
            text.append(each.definition().name()).append("\"} ");
            text.append(value.applyAsLong(each)).append('\n');
        }
    }

    @Override
    public List<TableEntry> entries(String table, String prefix, String text, List<String> after, int limit) {
        String wanted = text.toLowerCase(Locale.ROOT);
        // The smallest keys of those that fit: nothing is sorted as a whole.
        PriorityQueue<TableEntry> page = new PriorityQueue<>(BY_KEY.reversed());
        for (TableEntry entry : all(table)) {
            if ((after.isEmpty() || TableRecord.compare(entry.key(), after) > 0)
                    && String.join(",", entry.key()).startsWith(prefix)
                    && (wanted.isEmpty() || holds(entry, wanted))) {
                page.add(entry);
                if (page.size() > limit) {
                    page.remove();
                }
            }
        }
        List<TableEntry> sorted = new ArrayList<>(page);
        sorted.sort(BY_KEY);
        return sorted;
    }

    private static boolean holds(TableEntry entry, String text) {
        for (String part : entry.key()) {
            if (part.toLowerCase(Locale.ROOT).contains(text)) {
                return true;
            }
        }
        for (List<String> items : entry.values().values()) {
            for (String item : items) {
                if (item.toLowerCase(Locale.ROOT).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// The records as they are now; each is made when it is looked at.
    private Iterable<TableEntry> all(String table) {
        if (definition(table) != null) {
            List<TableRecord> records = ask(engine -> {
                List<TableRecord> found = engine.tables().records(table);
                return found == null ? List.<TableRecord>of() : found;
            });
            return () -> records.stream().map(CorrelatorTables::entry).iterator();
        }
        FixedTable fixed = fixed(table);
        List<TableEntry> rows = new ArrayList<>();
        fixed.rows().forEach((key, cells) -> {
            Map<String, List<String>> values = new TreeMap<>();
            cells.forEach((column, cell) -> values.put(column, List.of(cell)));
            rows.add(new TableEntry(key, values, 0, null, null, null));
        });
        return rows;
    }

    private static TableEntry entry(TableRecord record) {
        return new TableEntry(
                record.key(),
                record.values(),
                record.updates(),
                record.createdMillis(),
                record.updatedMillis(),
                record.expiresMillis() == Long.MAX_VALUE ? null : record.expiresMillis());
    }

    @Override
    public @Nullable TableEntry entry(String table, List<String> key) {
        if (definition(table) == null) {
            FixedTable fixed = fixed(table);
            if (!fixed.rows().contains(key)) {
                return null;
            }
            Map<String, List<String>> values = new TreeMap<>();
            for (String column : fixed.rows().columns()) {
                String cell = fixed.rows().value(key, column);
                if (cell != null) {
                    values.put(column, List.of(cell));
                }
            }
            return new TableEntry(key, values, 0, null, null, null);
        }
        List<TableRecord> found = ask(engine -> {
            TableRecord record = engine.tables().record(table, key);
            return record == null ? List.<TableRecord>of() : List.of(record);
        });
        return found.isEmpty() ? null : entry(found.getFirst());
    }

    @Override
    public boolean change(TableEdit edit) {
        TableDefinition table = changing(edit.table());
        List<TableChange.Row> rows = List.of();
        if (edit.kind() != TableEdit.Kind.CLEAR) {
            TableChange.Row row = new TableChange.Row(edit.key(), edit.values());
            String problem = edit.kind() == TableEdit.Kind.DELETE ? table.keyProblem(edit.key()) : table.problem(row);
            if (problem == null && TableChange.bytes(row) > TableChange.MAXIMUM_BYTES) {
                problem = "the record is too large [maximumBytes=" + TableChange.MAXIMUM_BYTES + "]";
            }
            if (problem != null) {
                throw ApiException.invalid("key", problem);
            }
            rows = List.of(row);
        }
        TableChange.Operation operation = switch (edit.kind()) {
            case PUT -> TableChange.Operation.PUT;
            case SET -> TableChange.Operation.SET;
            case SUM -> TableChange.Operation.SUM;
            case MERGE -> TableChange.Operation.MERGE;
            case DELETE -> TableChange.Operation.DELETE;
            case CLEAR -> TableChange.Operation.CLEAR;
        };
        if (edit.atMillis() != 0 && isShared(table)) {
            throw ApiException.invalid("at", "is not for a list that correlators share: it has one order of its own");
        }
        Batch batch = new Batch();
        int length = batch.encode(
                new TableChange(edit.table(), operation, rows, clock.millis(), edit.atMillis(), edit.actor()));
        DurableLog into = target(table);
        LogPosition end = append(into, batch.buffer(), length);
        synced(into, end);
        return edit.atMillis() == 0 && applied(into, end);
    }

    @Override
    public TableImport.Report importRows(String name, TableImport how, InputStream body) throws IOException {
        TableDefinition table = changing(name);
        long now = clock.millis();
        Batch batch = new Batch();
        ChangeSpool.Encoder encoder = new ChangeSpool.Encoder() {
            @Override
            public int encode(List<TableChange.Row> rows) {
                return batch.encode(new TableChange(name, TableChange.Operation.PUT, rows, now, 0, how.actor()));
            }

            @Override
            public byte[] buffer() {
                return batch.buffer();
            }
        };
        Files.createDirectories(folder);
        try (ChangeSpool spool = new ChangeSpool(folder, encoder)) {
            RowReader reader = new RowReader(table, how, spool::add);
            try {
                reader.read(body);
            } catch (IllegalArgumentException wrong) {
                throw ApiException.invalid("file", String.valueOf(wrong.getMessage()));
            }
            if (reader.refused() > 0 && !how.skipBad()) {
                throw refused(reader);
            }
            DurableLog into = target(table);
            LogPosition[] end = {into.end()};
            spool.drain((bytes, length) -> end[0] = append(into, bytes, length));
            if (how.replace()) {
                int length = batch.encode(
                        new TableChange(name, TableChange.Operation.KEEP_SINCE, List.of(), now, 0, how.actor()));
                end[0] = append(into, batch.buffer(), length);
            }
            synced(into, end[0]);
            return new TableImport.Report(reader.rows(), reader.refused(), reader.bad(), applied(into, end[0]));
        }
    }

    private static ApiException refused(RowReader reader) {
        List<Problem.FieldError> errors = reader.bad().stream()
                .map(row -> new Problem.FieldError("line " + row.line(), row.reason()))
                .toList();
        Problem all = Problem.invalid(errors);
        return new ApiException(new Problem(
                all.type(),
                all.title(),
                all.status(),
                "nothing was imported: " + reader.refused() + " rows have mistakes"
                        + (reader.refused() > errors.size() ? ", the first " + errors.size() + " are" : ""),
                all.code(),
                errors,
                null,
                null));
    }

    @Override
    public void export(String table, TableImport.Format format, OutputStream out) throws IOException {
        TableDefinition definition = definition(table);
        List<String> keyNames = definition == null
                ? fixed(table).keyColumns()
                : definition.keyFields().stream().map(TableField::name).toList();
        RowWriter.write(keyNames, format, all(table), out);
    }

    private @Nullable TableDefinition definition(String name) {
        return rules.get().tables().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private FixedTable fixed(String name) {
        return rules.get().fixedTables().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> ApiException.notFound(TABLE));
    }

    private TableDefinition changing(String name) {
        TableDefinition definition = definition(name);
        if (definition == null) {
            FixedTable fixed = fixed(name);
            throw new ApiException(Problem.of(
                    409,
                    ErrorCode.CONFLICT,
                    "a " + fixed.kind() + " is read only: change its resource or its file [name=" + name + "]"));
        }
        SharedChanges to = shared;
        if (to != null && to.log() == null && definition.scope() == TableDefinition.Scope.SHARED) {
            throw new ApiException(Problem.of(
                    409,
                    ErrorCode.CONFLICT,
                    "the list is shared by all correlators: change it without naming one of them [name=" + name + "]"));
        }
        return definition;
    }

    /// Events of changes, one at a time.
    ///
    /// Thread-safety: one thread.
    private final class Batch {
        private final BatchEncoder encoder = new BatchEncoder();
        private final EventBatch events = new EventBatch(1, 1 << 12);

        int encode(TableChange change) {
            events.clear();
            long nanos = clock.epochNanos();
            synchronized (ids) {
                ids.next();
                change.addTo(events, ORIGIN, ids.high(), ids.low(), nanos);
            }
            events.ledger().add(nanos, ORIGIN, BatchLedger.Counter.RECEIVED, "", 1);
            return encoder.encode(events, ROUTE);
        }

        byte[] buffer() {
            return encoder.buffer();
        }
    }

    private boolean isShared(TableDefinition table) {
        return shared != null && table.scope() == TableDefinition.Scope.SHARED;
    }

    private DurableLog target(TableDefinition table) {
        SharedChanges to = shared;
        return to == null || !isShared(table) || to.log() == null ? log : to.log();
    }

    private static LogPosition append(DurableLog into, byte[] bytes, int length) {
        try {
            return into.append(bytes, 0, length, 1, LIMIT);
        } catch (LogException e) {
            throw unavailable("the change was not made, the log takes nothing: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("the change was not made: interrupted");
        }
    }

    private static void synced(DurableLog into, LogPosition end) {
        try {
            into.awaitSynced(end, LIMIT);
        } catch (LogException e) {
            throw unavailable("it is not sure that the change survives: " + e.getMessage() + "; make it again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("it is not sure that the change survives: interrupted; make it again");
        }
    }

    /// Waits a little until the engine has come past a place, so that who changes something sees it.
    private boolean applied(DurableLog into, LogPosition end) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(APPLY_MILLIS);
        SharedChanges passing = shared;
        try {
            LogPosition behind = end;
            if (passing != null && passing.log() == into) {
                while (!passing.isPassedOn().getAsBoolean()) {
                    if (System.nanoTime() > until) {
                        return false;
                    }
                    Thread.sleep(LOOK_MILLIS);
                }
                behind = log.end();
            }
            while (reached.get().compareTo(behind) < 0) {
                if (System.nanoTime() > until) {
                    return false;
                }
                Thread.sleep(LOOK_MILLIS);
            }
            // What was read is processed when the next question is answered.
            return correlator.ask(_ -> true).get(APPLY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException late) {
            return false;
        }
    }

    private <T> T ask(Function<Engine, T> question) {
        try {
            return correlator.ask(question).get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("the correlator was not asked: interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException("BUG: a question to the engine failed", e);
        } catch (TimeoutException e) {
            throw unavailable("the correlator does not answer: it is starting or has stopped, see its service");
        }
    }

    private static ApiException unavailable(String detail) {
        return new ApiException(Problem.of(503, ErrorCode.BUFFER_FULL, detail), Map.of("Retry-After", "5"));
    }
}
