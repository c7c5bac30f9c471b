package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A table of which all correlators of an installation have the same records.
///
/// The core puts the writes of all in one order, and each correlator does them in that order, its own included: so all
/// end with the same. Rules must not wait for that, so what they write is seen at once, on top of what is settled, and
/// stays there until it comes back in the order of the core. When another one's write comes between, the record is made
/// anew from what is settled and the writes that are still open. Numbers that several correlators add are right that
/// way, too.
///
/// Everything depends on nothing but the events of this correlator's log and their order.
///
/// Thread-safety: one thread.
final class SharedTable {
    /// Open writes beyond this number count as settled, the oldest first: while the core is away memory does not grow
    /// without bound.
    static final int MAXIMUM_OPEN = 100_000;
    /// The same for one record: a write of another correlator to it costs time for each of them.
    static final int MAXIMUM_OPEN_OF_RECORD = 1_000;

    private final LiveTable table;
    /// What is settled of records with open writes.
    private final LiveTable settled;
    private final Map<List<String>, Open> open = new LinkedHashMap<>();
    private final LinkedHashMap<Id, Write> order = new LinkedHashMap<>();
    /// Open writes that stand in the order before the place where this correlator joins.
    private final Set<Id> covered = new HashSet<>();

    private long changes;

    private record Id(long high, long low) {}

    private record Write(Id id, TableChange.Operation operation, TableChange.Row row, long millis) {}

    /// A record with open writes, or with writes that count as settled and did not come back yet.
    ///
    /// Thread-safety: that of the table.
    private static final class Open {
        private final ArrayDeque<Write> writes = new ArrayDeque<>();
        /// They come back before the open ones do.
        private long settledEarly;
    }

    SharedTable(LiveTable table) {
        this.table = table;
        TableDefinition known = table.definition();
        settled = new LiveTable(
                new TableDefinition(
                        known.name(), known.kind(), "", known.ttlMillis(), Integer.MAX_VALUE, known.fields()),
                new LiveTable.Total());
    }

    int openWrites() {
        return order.size();
    }

    /// Goes up whenever something may have changed.
    long changes() {
        return changes;
    }

    /// A write of a rule of this correlator.
    ///
    /// @param row whose key is in its one form
    void write(long idHigh, long idLow, TableChange.Operation operation, TableChange.Row row, long millis) {
        changes++;
        Write write = new Write(new Id(idHigh, idLow), operation, row, millis);
        Open entry = open.get(row.key());
        if (entry == null) {
            entry = new Open();
            open.put(row.key(), entry);
            settled.restore(row.key(), table.get(row.key()), Long.MIN_VALUE);
        }
        entry.writes.add(write);
        order.put(write.id(), write);
        apply(table, operation, row, millis);
        if (entry.writes.size() > MAXIMUM_OPEN_OF_RECORD) {
            settleEarly(entry);
        }
        if (order.size() > MAXIMUM_OPEN) {
            Write oldest = order.firstEntry().getValue();
            settleEarly(Objects.requireNonNull(open.get(oldest.row().key())));
        }
    }

    private void settleEarly(Open entry) {
        Write oldest = entry.writes.remove();
        order.remove(oldest.id());
        entry.settledEarly++;
        apply(settled, oldest.operation(), oldest.row(), oldest.millis());
    }

    /// A change in the order of the core.
    ///
    /// @param isOwn true when a rule of this correlator made it
    /// @param writtenMillis event time of the write
    /// @param nowMillis what expires by then is gone
    void settle(TableChange change, long idHigh, long idLow, boolean isOwn, long writtenMillis, long nowMillis) {
        changes++;
        if (isOwn && cameBack(change, new Id(idHigh, idLow), nowMillis)) {
            return;
        }
        switch (change.operation()) {
            case PUT, SET, MERGE, SUM, DELETE ->
                change.rows().forEach(row -> settle(change.operation(), row, writtenMillis, nowMillis));
            case CLEAR -> {
                table.clear();
                settled.clear();
                open.forEach((key, entry) -> remake(key, entry, nowMillis));
            }
            case KEEP_SINCE -> {
                table.keepSince(change.madeMillis());
                settled.keepSince(change.madeMillis());
                open.forEach((key, entry) -> remake(key, entry, nowMillis));
            }
        }
    }

    private void settle(TableChange.Operation operation, TableChange.Row row, long writtenMillis, long nowMillis) {
        List<String> key = table.key(row.key());
        Open entry = key == null ? null : open.get(key);
        if (entry == null || key == null) {
            apply(table, operation, row, writtenMillis);
        } else {
            apply(settled, operation, row, writtenMillis);
            remake(key, entry, nowMillis);
        }
    }

    private void remake(List<String> key, Open entry, long nowMillis) {
        table.restore(key, settled.get(key), nowMillis);
        entry.writes.forEach(each -> apply(table, each.operation(), each.row(), each.millis()));
    }

    /// @return false when it is not known: other rules have read the log since it was written
    private boolean cameBack(TableChange change, Id id, long nowMillis) {
        Write write = order.remove(id);
        List<String> key =
                change.rows().isEmpty() ? List.of() : change.rows().getFirst().key();
        Open entry = open.get(write == null ? key : write.row().key());
        if (entry == null || (write == null && entry.settledEarly == 0)) {
            return false;
        }
        if (write == null) {
            entry.settledEarly--;
        } else {
            key = write.row().key();
            boolean isFirst = write.equals(entry.writes.peek());
            entry.writes.remove(write);
            apply(settled, write.operation(), write.row(), write.millis());
            if (!isFirst) {
                remake(key, entry, nowMillis);
            }
        }
        if (entry.writes.isEmpty() && entry.settledEarly == 0) {
            TableRecord last = settled.get(key);
            // Else it is there as it is, at its place among the others.
            if (!Objects.equals(last, table.get(key))) {
                table.restore(key, last, nowMillis);
            }
            settled.delete(key);
            open.remove(key);
        }
        return true;
    }

    /// The settled records, those written longest ago first; null when they hold writes that are not in the order yet.
    @Nullable
    List<TableRecord> settled() {
        if (open.values().stream().anyMatch(entry -> entry.settledEarly > 0)) {
            return null;
        }
        List<TableRecord> records = new ArrayList<>();
        for (TableRecord each : table.records()) {
            if (!open.containsKey(each.key())) {
                records.add(each);
            }
        }
        records.addAll(settled.records());
        return records;
    }

    /// Says that this correlator joins behind everything that it has written up to here.
    void cover() {
        changes++;
        covered.clear();
        covered.addAll(order.keySet());
    }

    /// Says that it does not join.
    void uncover() {
        covered.clear();
    }

    /// Makes these the settled records, as of the place where this correlator joins. Writes that are open and stand
    /// behind it ([#cover]) remain on top of them.
    void replace(List<SharingStep.Row> rows, long nowMillis) {
        changes++;
        open.values().forEach(entry -> {
            entry.writes.removeIf(write -> covered.contains(write.id()));
            // They come back behind that place, and are done when they do.
            entry.settledEarly = 0;
        });
        open.values().removeIf(entry -> entry.writes.isEmpty());
        order.keySet().removeAll(covered);
        table.clear();
        settled.clear();
        for (SharingStep.Row row : rows) {
            TableRecord record = table.record(row);
            if (record == null) {
                table.refuse();
            } else {
                table.restore(record.key(), record, nowMillis);
                if (open.containsKey(record.key())) {
                    settled.restore(record.key(), record, nowMillis);
                }
            }
        }
        open.forEach((key, entry) -> remake(key, entry, nowMillis));
    }

    static void apply(LiveTable table, TableChange change, long nowMillis) {
        switch (change.operation()) {
            case PUT, SET, MERGE, SUM, DELETE ->
                change.rows().forEach(row -> apply(table, change.operation(), row, nowMillis));
            case CLEAR -> table.clear();
            case KEEP_SINCE -> table.keepSince(change.madeMillis());
        }
    }

    static void apply(LiveTable table, TableChange.Operation operation, TableChange.Row row, long nowMillis) {
        switch (operation) {
            case PUT -> table.put(row.key(), row.values(), nowMillis);
            case SET -> table.set(row.key(), row.values(), nowMillis);
            case MERGE -> table.merge(row.key(), row.values(), nowMillis);
            case SUM -> table.sum(row.key(), row.values(), nowMillis);
            case DELETE -> table.delete(row.key());
            case CLEAR, KEEP_SINCE -> throw new IllegalArgumentException("BUG: not about a row " + operation);
        }
    }

    void write(StateWriter out) {
        out.count(order.size());
        for (Write each : order.values()) {
            out.bits(each.id().high());
            out.bits(each.id().low());
            out.count(each.operation().ordinal());
            out.number(each.millis());
            TableChange.write(out, each.row());
        }
        out.count(open.size());
        open.forEach((key, entry) -> {
            TableRecord.write(out, key);
            out.count(entry.settledEarly);
            TableRecord record = settled.get(key);
            out.flag(record != null);
            if (record != null) {
                settled.write(out, record);
            }
        });
        List<Id> sorted = order.keySet().stream().filter(covered::contains).toList();
        out.count(sorted.size());
        for (Id each : sorted) {
            out.bits(each.high());
            out.bits(each.low());
        }
    }

    void read(StateReader in) {
        open.clear();
        order.clear();
        settled.clear();
        covered.clear();
        int writes = in.size();
        TableChange.Operation[] operations = TableChange.Operation.values();
        for (int i = 0; i < writes; i++) {
            Id id = new Id(in.bits(), in.bits());
            int operation = in.smallCount();
            if (operation > TableChange.Operation.DELETE.ordinal()) {
                throw new DamagedStateException("no operation on a record", i);
            }
            long millis = in.number();
            order.put(id, new Write(id, operations[operation], TableChange.readRow(in), millis));
        }
        int entries = in.size();
        for (int i = 0; i < entries; i++) {
            List<String> key = TableRecord.readTexts(in);
            Open entry = new Open();
            entry.settledEarly = in.count();
            open.put(key, entry);
            @Nullable TableRecord record = in.flag() ? settled.readRecord(in) : null;
            settled.restore(key, record, Long.MIN_VALUE);
        }
        for (Write each : order.values()) {
            Open entry = open.get(each.row().key());
            if (entry == null) {
                throw new DamagedStateException("an open write to a record that is not there", 0);
            }
            entry.writes.add(each);
        }
        // Written before correlators joined by themselves there is no more.
        int asked = in.isExhausted() ? 0 : in.size();
        for (int i = 0; i < asked; i++) {
            covered.add(new Id(in.bits(), in.bits()));
        }
    }
}
