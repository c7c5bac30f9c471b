package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a correlator comes to have the records of the tables that are shared: steps that stand in the logs among the
/// changes ([TableChange]) and come as events of the same flag.
///
/// 1. [Ask] stands in the log that the joining correlator reads. Its engine answers with [Join], which goes the way of
///    what its rules write: behind everything that they wrote before.
/// 2. [Join] comes to its place in the order of all changes. The core's correlator, when it comes to that place, takes
///    what is settled then; the joining one keeps in mind what comes after it.
/// 3. What was taken is brought into the log of the joining correlator as [Rows] and [End]. There it takes the place of
///    what the tables held, and what came after the [Join] is done on top of it.
///
/// A [Mark] says which mark came before it in the order: who knows another one has missed changes and must join.
/// Immutable.
public sealed interface SharingStep {
    /// The core begins to pass on changes.
    ///
    /// @param id of this mark
    /// @param before the mark before it; 0 when the core knows of none
    record Mark(long id, long before) implements SharingStep {}

    /// The correlator that reads this is to join.
    ///
    /// @param join identifier of the attempt, not 0
    record Ask(long join) implements SharingStep {}

    /// A correlator joins here.
    ///
    /// @param origin identity of the correlator
    record Join(long origin, long join) implements SharingStep {
        /// Version 8 of RFC 9562, section 5.8: no generator made the identifier.
        private static final long VERSION = 0x8000L;
        private static final long VERSION_MASK = 0xF000L;
        private static final long VARIANT = 0x8000_0000_0000_0000L;

        /// Adds the event to what a correlator finds; the same join has the same identifier each time.
        public void addTo(EventBatch batch, EntryOrigin entry, long receivedNanos) {
            Hash128 hash = new Hash128().add(origin).add("join").add(join);
            long high = (hash.high() & ~VERSION_MASK) | VERSION;
            addTo(batch, entry, high, VARIANT | (hash.low() >>> 2), receivedNanos);
        }
    }

    /// Records of a table as they were at the place of the join; the first of a table may be none.
    record Rows(long join, String table, List<Row> rows) implements SharingStep {
        public Rows {
            rows = List.copyOf(rows);
        }
    }

    /// All records have come.
    ///
    /// @param count how many there are in all tables
    /// @param mark the last one before the place of the join; 0 for none
    record End(long join, long count, long mark) implements SharingStep {}

    /// A record with its counters; how long it lives says the definition of its table.
    record Row(
            List<String> key, Map<String, List<String>> values, long updates, long createdMillis, long updatedMillis) {
        public Row {
            key = List.copyOf(key);
            values = TableRecord.sorted(values);
        }

        private static final int COUNTERS_BYTES = 24;

        /// The record without what follows from its table.
        public static Row of(TableRecord record) {
            return new Row(
                    record.key(), record.values(), record.updates(), record.createdMillis(), record.updatedMillis());
        }

        /// About how many bytes it takes.
        public int bytes() {
            return TableChange.bytes(new TableChange.Row(key, values)) + COUNTERS_BYTES;
        }

        void write(StateWriter out) {
            TableRecord.write(out, key);
            TableRecord.write(out, values);
            out.count(updates);
            out.number(createdMillis);
            out.number(updatedMillis);
        }

        static Row read(StateReader in) {
            return new Row(TableRecord.readTexts(in), TableRecord.readValues(in), in.count(), in.number(), in.number());
        }
    }

    /// Adds the event of the step to a batch.
    default void addTo(EventBatch batch, EntryOrigin origin, long idHigh, long idLow, long receivedNanos) {
        EventBuilder event = batch.builder();
        StateWriter out = new StateWriter();
        out.count(TableChange.FORMAT_OF_SHARING);
        write(out, this);
        event.begin(origin, idHigh, idLow, receivedNanos, 0, out.array(), 0, out.length());
        event.setFlag(EventBatch.FLAG_TABLE_CHANGE);
        event.setInteger(Field.TYPE, TableChange.AUDIT);
        event.setText(Field.NAME, "shared lists passed on");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "table-sharing");
        event.setText(
                Field.DEVICE_ACTION,
                switch (this) {
                    case Mark _ -> "begin";
                    case Ask _ -> "ask";
                    case Join _ -> "join";
                    case Rows _ -> "records";
                    case End _ -> "end";
                });
        event.commit();
    }

    /// The step that an event is, or null when it is none or cannot be read.
    static @Nullable SharingStep of(Event event) {
        try {
            StateReader in = new StateReader(event.arena(), event.rawOffset(), event.rawLength());
            return in.smallCount() == TableChange.FORMAT_OF_SHARING ? read(in) : null;
        } catch (DamagedStateException damaged) {
            return null;
        }
    }

    private static void write(StateWriter out, SharingStep step) {
        switch (step) {
            case Mark mark -> {
                out.count(0);
                out.bits(mark.id());
                out.bits(mark.before());
            }
            case Ask ask -> {
                out.count(1);
                out.bits(ask.join());
            }
            case Join join -> {
                out.count(2);
                out.bits(join.origin());
                out.bits(join.join());
            }
            case Rows rows -> {
                out.count(3);
                out.bits(rows.join());
                out.text(rows.table());
                out.count(rows.rows().size());
                rows.rows().forEach(row -> row.write(out));
            }
            case End end -> {
                out.count(4);
                out.bits(end.join());
                out.count(end.count());
                out.bits(end.mark());
            }
        }
    }

    private static SharingStep read(StateReader in) {
        int kind = in.smallCount();
        return switch (kind) {
            case 0 -> new Mark(in.bits(), in.bits());
            case 1 -> new Ask(in.bits());
            case 2 -> new Join(in.bits(), in.bits());
            case 3 -> {
                long join = in.bits();
                String table = in.text();
                int count = in.size();
                List<Row> rows = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    rows.add(Row.read(in));
                }
                yield new Rows(join, table, rows);
            }
            case 4 -> new End(in.bits(), in.count(), in.bits());
            default -> throw new DamagedStateException("a step of another version", 0);
        };
    }
}
