package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.SavedPieces;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.function.TableReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// All tables of an engine: those that rules change, and those that they only read.
///
/// Thread-safety: one thread.
public final class Tables implements TableReader {
    private static final String ACTOR = "rule";

    private final Map<String, LiveTable> live = new LinkedHashMap<>();
    private final Map<String, FixedTable> fixed = new LinkedHashMap<>();
    private final LiveTable.Total total = new LiveTable.Total();
    private final Map<String, SharedTable> shared = new LinkedHashMap<>();
    private final List<Written> written = new ArrayList<>();
    private final WriteIds numbers = new WriteIds();
    private final Joining joining = new Joining(shared);
    private ContentsTaker contentsTaker = (_, _) -> {};
    /// 0 while nothing is shared.
    private long origin;

    private long unknownChanges;
    /// True while it knows what has changed since [#saved].
    private boolean following;
    /// True when the saved state has records of tables that are not there any more.
    private boolean hasLeftOut;

    private long savedSharedChanges;

    /// A write of a rule to a shared table, and the identifier of the event that tells the others.
    public record Written(TableChange change, long idHigh, long idLow) {}

    /// What is settled of the shared tables at a place in the order of the core.
    ///
    /// @param records by table; those written longest ago first
    /// @param mark the last one before that place; 0 for none
    public record Contents(Map<String, List<TableRecord>> records, long mark) {}

    /// Takes what is settled of the shared tables at the place where another correlator joins.
    public interface ContentsTaker {
        /// Called by the thread of the engine, which waits for it.
        ///
        /// @param contents null when they cannot be taken at this place, because of own writes that are late
        void take(long join, @Nullable Contents contents);
    }

    /// A record that has expired.
    public record Expired(TableDefinition table, TableRecord record) {}

    /// Figures of a table.
    ///
    /// @param records number of records now
    /// @param bytes about how much memory they take
    /// @param evicted records that went because there were too many
    /// @param refused keys and values that were not of the types of the table
    /// @param expired records that expired since the engine was made
    /// @param writtenMillis event time of the last write to a record that is still there, or null
    public record Figures(
            TableDefinition definition,
            int records,
            long bytes,
            long evicted,
            long refused,
            long expired,
            @Nullable Long writtenMillis) {}

    public Tables(List<TableDefinition> definitions, List<FixedTable> fixedTables) {
        for (TableDefinition each : definitions) {
            LiveTable table = new LiveTable(each, total);
            live.put(each.name(), table);
            if (each.scope() == TableDefinition.Scope.SHARED) {
                shared.put(each.name(), new SharedTable(table));
            }
        }
        fixedTables.forEach(each -> fixed.put(each.name(), each));
    }

    @Override
    public boolean contains(String table, List<String> key) {
        LiveTable changing = live.get(table);
        if (changing != null) {
            return changing.get(key) != null;
        }
        FixedTable known = fixed.get(table);
        return known != null && known.rows().contains(key);
    }

    @Override
    public List<String> values(String table, String field, List<String> key) {
        LiveTable changing = live.get(table);
        if (changing != null) {
            TableRecord found = changing.get(key);
            return found == null ? List.of() : found.values().getOrDefault(field, List.of());
        }
        FixedTable known = fixed.get(table);
        String value = known == null ? null : known.rows().value(key, field);
        return value == null || value.isEmpty() ? List.of() : List.of(value);
    }

    /// Writes fields of a record; see the other operations for how.
    public void set(String table, List<String> key, Map<String, List<String>> values, long nowMillis) {
        write(table, TableChange.Operation.SET, key, values, nowMillis);
    }

    /// Adds items to list fields, each once.
    public void merge(String table, List<String> key, Map<String, List<String>> values, long nowMillis) {
        write(table, TableChange.Operation.MERGE, key, values, nowMillis);
    }

    /// Adds numbers to fields.
    public void sum(String table, List<String> key, Map<String, List<String>> values, long nowMillis) {
        write(table, TableChange.Operation.SUM, key, values, nowMillis);
    }

    public void delete(String table, List<String> key, long nowMillis) {
        write(table, TableChange.Operation.DELETE, key, Map.of(), nowMillis);
    }

    /// Removes all records.
    public void clear(String table) {
        changing(table).clear();
    }

    private void write(
            String table,
            TableChange.Operation operation,
            List<String> parts,
            Map<String, List<String>> values,
            long nowMillis) {
        LiveTable changing = changing(table);
        SharedTable sharing = origin == 0 ? null : shared.get(table);
        List<String> key = sharing == null ? null : changing.key(parts);
        if (sharing == null || key == null) {
            SharedTable.apply(changing, operation, new TableChange.Row(parts, values), nowMillis);
            return;
        }
        TableChange.Row row = new TableChange.Row(key, values);
        if (TableChange.bytes(row) > TableChange.MAXIMUM_BYTES) {
            // Nobody else could take it, so nobody has it.
            changing.refuse();
            return;
        }
        numbers.next(origin, table, operation, row, nowMillis);
        sharing.write(numbers.high(), numbers.low(), operation, row, nowMillis);
        written.add(new Written(
                new TableChange(table, operation, List.of(row), nowMillis, nowMillis, ACTOR, origin),
                numbers.high(),
                numbers.low()));
    }

    /// Begins to tell what rules write to shared tables ([#takeWritten]).
    ///
    /// @param correlator identity of this correlator among those that share; the same after each restart
    public void share(long correlator) {
        origin = correlator;
    }

    /// What rules wrote to shared tables since it was last asked, for the other correlators.
    public List<Written> takeWritten() {
        if (written.isEmpty()) {
            return List.of();
        }
        List<Written> taken = List.copyOf(written);
        written.clear();
        return taken;
    }

    /// Does what people, responses or rules of a correlator want, in the order in which the installation does it.
    /// Changes of tables that are not there any more are counted ([#unknownChanges()]).
    ///
    /// @param idHigh with `idLow` identifier of the event that the change came as
    /// @param writtenMillis event time of the write
    /// @param nowMillis what expires by then is gone
    public void apply(TableChange change, long idHigh, long idLow, long writtenMillis, long nowMillis) {
        LiveTable table = live.get(change.table());
        SharedTable sharing = shared.get(change.table());
        if (table == null || (change.origin() != 0 && sharing == null)) {
            unknownChanges++;
        } else if (sharing == null) {
            SharedTable.apply(table, change, writtenMillis);
        } else {
            boolean isOwn = change.origin() != 0 && change.origin() == origin;
            joining.hold(change, writtenMillis, nowMillis);
            sharing.settle(change, idHigh, idLow, isOwn, writtenMillis, nowMillis);
        }
    }

    /// Says who takes contents for others that join: this one has what all are to have.
    public void onJoin(ContentsTaker taker) {
        contentsTaker = taker;
    }

    /// Does a step of joining.
    ///
    /// @param nowMillis what expires by then is gone
    /// @return what is to be told behind everything that rules wrote before; null for nothing
    public SharingStep.@Nullable Join step(SharingStep step, long nowMillis) {
        if (origin == 0) {
            return null;
        }
        switch (step) {
            case SharingStep.Mark mark -> joining.mark(mark);
            case SharingStep.Ask ask -> {
                joining.ask(ask.join());
                return new SharingStep.Join(origin, ask.join());
            }
            case SharingStep.Join join -> {
                if (join.origin() == origin) {
                    joining.begin(join.join());
                } else {
                    contentsTaker.take(join.join(), settled());
                }
            }
            case SharingStep.Rows rows -> joining.add(rows);
            case SharingStep.End end -> joining.end(end, nowMillis);
        }
        return null;
    }

    private @Nullable Contents settled() {
        Map<String, List<TableRecord>> contents = new TreeMap<>();
        for (Map.Entry<String, SharedTable> each : shared.entrySet()) {
            List<TableRecord> records = each.getValue().settled();
            if (records == null) {
                return null;
            }
            contents.put(each.getKey(), records);
        }
        return new Contents(contents, joining.lastMark());
    }

    /// True when a shared table of this correlator does not have the records of the others yet, or has missed changes.
    public boolean needsJoin() {
        return origin != 0 && joining.isNeeded();
    }

    /// The join whose place this correlator has passed, and whose records may come now; 0 for none.
    public long currentJoin() {
        return joining.current();
    }

    /// Writes of this correlator to shared tables that the core has not put in order yet.
    public int openWrites() {
        return shared.values().stream().mapToInt(SharedTable::openWrites).sum();
    }

    /// Counts a change that cannot be read.
    public void refuseChange() {
        unknownChanges++;
    }

    /// Changes that could not be made, because there is no such table or the change cannot be read.
    public long unknownChanges() {
        return unknownChanges;
    }

    /// True when there is a table that can change.
    public boolean canChange() {
        return !live.isEmpty();
    }

    /// About how much memory the records of all tables take.
    public long bytes() {
        return total.bytes();
    }

    /// Lets the tables take at most so much memory: the largest one loses the records that were written longest ago.
    public void shrink(long mostBytes) {
        long over = bytes() - mostBytes;
        while (over > 0) {
            LiveTable largest = null;
            for (LiveTable table : live.values()) {
                largest = largest == null || table.bytes() > largest.bytes() ? table : largest;
            }
            if (largest == null || largest.bytes() == 0) {
                return;
            }
            // A part more than needed, so that it does not happen for each record.
            largest.shrink(Math.max(0, largest.bytes() - over - largest.bytes() / 64));
            over = bytes() - mostBytes;
        }
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
            figures.add(new Figures(
                    table.definition(),
                    table.records().size(),
                    table.bytes(),
                    table.evicted(),
                    table.refused(),
                    table.expired(),
                    table.writtenMillis()));
        }
        return figures;
    }

    /// The records of a table that rules change, those written longest ago first; null when there is no such table.
    public @Nullable List<TableRecord> records(String table) {
        LiveTable found = live.get(table);
        return found == null ? null : List.copyOf(found.records());
    }

    /// The record of a table that rules change, or null.
    public @Nullable TableRecord record(String table, List<String> key) {
        LiveTable found = live.get(table);
        return found == null ? null : found.get(key);
    }

    /// Writes all records.
    public void write(StateWriter out) {
        write(out, LiveTable::write);
    }

    /// Writes what has changed since [#saved].
    public void writeChanges(StateWriter out) {
        write(out, LiveTable::writeChanges);
    }

    private void write(StateWriter out, BiConsumer<LiveTable, StateWriter> writing) {
        out.count(live.size());
        StateWriter nested = new StateWriter();
        live.forEach((name, table) -> {
            out.text(name);
            nested.clear();
            writing.accept(table, nested);
            SharedTable sharing = shared.get(name);
            if (sharing != null) {
                // What is on its way is bounded and changes with most writes: it is written whole.
                sharing.write(nested);
            }
            out.blob(nested.array(), 0, nested.length());
        });
        joining.write(out);
    }

    /// True when it knows what has changed since [#saved]; of a single table that may be everything.
    public boolean knowsChanges() {
        return following;
    }

    /// True when nothing has changed since [#saved].
    public boolean isUnchanged() {
        return following
                && live.values().stream().allMatch(LiveTable::isUnchanged)
                && sharedChanges() == savedSharedChanges;
    }

    private long sharedChanges() {
        return joining.changes()
                + shared.values().stream().mapToLong(SharedTable::changes).sum();
    }

    /// Follows changes from here on, if what is saved is what it has: records of a table that is gone must not come
    /// back with it.
    public void saved() {
        following = !hasLeftOut;
        hasLeftOut = false;
        live.values().forEach(LiveTable::saved);
        savedSharedChanges = sharedChanges();
    }

    /// Takes over the records of the tables that are still there.
    ///
    /// @param pieces what [#write] wrote and after that [#writeChanges]
    public void read(SavedPieces pieces) {
        following = false;
        hasLeftOut = false;
        for (int i = 0; i < pieces.count(); i++) {
            read(pieces.piece(i), i == 0 ? LiveTable::read : LiveTable::readChanges);
        }
        live.values().forEach(LiveTable::bound);
    }

    private void read(StateReader in, BiConsumer<LiveTable, StateReader> reading) {
        int count = in.size();
        Set<String> following = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            String name = in.text();
            LiveTable table = live.get(name);
            SharedTable sharing = shared.get(name);
            StateReader saved = in.nested();
            if (table == null) {
                hasLeftOut = true;
            } else {
                reading.accept(table, saved);
            }
            // A table that was not shared when this was written has no more.
            if (sharing != null && !saved.isExhausted()) {
                sharing.read(saved);
                following.add(name);
            }
        }
        if (in.isExhausted()) {
            joining.readNone(following);
        } else {
            joining.read(in);
        }
    }
}
