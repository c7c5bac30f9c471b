package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Whether the shared tables of this correlator have the records of the installation, and what is on its way while it
/// joins ([SharingStep]).
///
/// Everything depends on nothing but the events of this correlator's log and their order.
///
/// Thread-safety: one thread.
final class Joining {
    /// Changes that are kept in mind while records are on their way; with more of them the join is given up, and asked
    /// for again.
    static final int MAXIMUM_HELD = 100_000;
    /// The same in bytes, about.
    static final long MAXIMUM_HELD_BYTES = 64L << 20;

    private final Map<String, SharedTable> shared;
    /// Tables that have the records of the installation.
    private final Set<String> joined = new TreeSet<>();
    private final List<Held> held = new ArrayList<>();
    private final Map<String, List<SharingStep.Row>> arrived = new TreeMap<>();
    /// The last mark that was read; 0 for none.
    private long mark;
    /// The join that was asked for last; 0 for none.
    private long asked;
    /// True behind the place of the join in the order.
    private boolean holding;

    private long heldBytes;
    private long changes;

    /// A change behind the place of the join.
    private record Held(TableChange change, long writtenMillis, long nowMillis) {}

    Joining(Map<String, SharedTable> shared) {
        this.shared = shared;
    }

    /// True when a table does not have the records of the installation.
    boolean isNeeded() {
        return !joined.containsAll(shared.keySet());
    }

    /// The last mark that was read; 0 for none.
    long lastMark() {
        return mark;
    }

    /// The join whose place in the order was passed; 0 for none.
    long current() {
        return holding ? asked : 0;
    }

    /// Goes up whenever something may have changed.
    long changes() {
        return changes;
    }

    void mark(SharingStep.Mark next) {
        changes++;
        // A core that knows of no mark before has begun anew itself: it has nothing that this one could have missed.
        if (next.before() != 0 && next.before() != mark && (mark != 0 || holding)) {
            joined.clear();
            if (holding) {
                forget();
            }
        }
        mark = next.id();
    }

    void ask(long join) {
        forget();
        asked = join;
        shared.values().forEach(SharedTable::cover);
    }

    void begin(long join) {
        if (join == asked) {
            changes++;
            holding = true;
        }
    }

    /// Keeps in mind a change of a shared table that stands behind the place of the join.
    void hold(TableChange change, long writtenMillis, long nowMillis) {
        if (!holding) {
            return;
        }
        changes++;
        held.add(new Held(change, writtenMillis, nowMillis));
        heldBytes += change.rows().stream().mapToLong(TableChange::bytes).sum();
        if (held.size() > MAXIMUM_HELD || heldBytes > MAXIMUM_HELD_BYTES) {
            forget();
        }
    }

    void add(SharingStep.Rows rows) {
        if (holding && rows.join() == asked && shared.containsKey(rows.table())) {
            changes++;
            arrived.computeIfAbsent(rows.table(), _ -> new ArrayList<>()).addAll(rows.rows());
        }
    }

    void end(SharingStep.End end, long nowMillis) {
        if (!holding || end.join() != asked) {
            return;
        }
        if (arrived.values().stream().mapToLong(List::size).sum() == end.count()) {
            arrived.forEach((table, rows) -> required(table).replace(rows, nowMillis));
            held.stream()
                    .filter(each -> arrived.containsKey(each.change().table()))
                    .forEach(each -> required(each.change().table())
                            .settle(each.change(), 0, 0, false, each.writtenMillis(), each.nowMillis()));
            // What the core does not have has nothing that could be missing here.
            joined.addAll(shared.keySet());
            mark = mark == 0 ? end.mark() : mark;
        }
        forget();
    }

    private SharedTable required(String table) {
        SharedTable found = shared.get(table);
        if (found == null) {
            throw new IllegalStateException("BUG: records of a table that is not there [table=" + table + "]");
        }
        return found;
    }

    private void forget() {
        changes++;
        asked = 0;
        holding = false;
        held.clear();
        heldBytes = 0;
        arrived.clear();
        shared.values().forEach(SharedTable::uncover);
    }

    void write(StateWriter out) {
        out.bits(mark);
        out.bits(asked);
        out.flag(holding);
        out.count(joined.size());
        joined.forEach(out::text);
        out.count(held.size());
        for (Held each : held) {
            StateWriter change = new StateWriter();
            each.change().write(change);
            out.blob(change.array(), 0, change.length());
            out.number(each.writtenMillis());
            out.number(each.nowMillis());
        }
        out.count(arrived.size());
        arrived.forEach((table, rows) -> {
            out.text(table);
            out.count(rows.size());
            rows.forEach(row -> row.write(out));
        });
    }

    void read(StateReader in) {
        clear();
        mark = in.bits();
        asked = in.bits();
        holding = in.flag();
        int tables = in.size();
        for (int i = 0; i < tables; i++) {
            joined.add(in.text());
        }
        int changed = in.size();
        for (int i = 0; i < changed; i++) {
            held.add(new Held(TableChange.read(in.nested()), in.number(), in.number()));
        }
        int arriving = in.size();
        for (int i = 0; i < arriving; i++) {
            List<SharingStep.Row> rows = arrived.computeIfAbsent(in.text(), _ -> new ArrayList<>());
            int count = in.size();
            for (int k = 0; k < count; k++) {
                rows.add(SharingStep.Row.read(in));
            }
        }
        // What was shared once may not be any more.
        held.removeIf(each -> !shared.containsKey(each.change().table()));
        arrived.keySet().retainAll(shared.keySet());
        joined.retainAll(shared.keySet());
        heldBytes = held.stream()
                .flatMap(each -> each.change().rows().stream())
                .mapToLong(TableChange::bytes)
                .sum();
    }

    /// Takes over state that was saved before tables were joined: those that were shared then have followed.
    void readNone(Set<String> following) {
        clear();
        joined.addAll(following);
    }

    private void clear() {
        mark = 0;
        asked = 0;
        holding = false;
        joined.clear();
        held.clear();
        heldBytes = 0;
        arrived.clear();
    }
}
