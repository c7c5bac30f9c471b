package io.tocsin.correlator.table;

import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import io.tocsin.event.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A change of an active list or context table that no rule of this correlator makes: by people, by responses, or by
/// another correlator. It comes as an event in the log that the correlator reads, so that it is as durable as events
/// are, and has one place among them: what is read again after a crash, or replayed, gives the same.
///
/// The event is an audit event (`Type` 4) whose raw text is the change; [EventBatch#FLAG_TABLE_CHANGE] says so.
/// Immutable.
///
/// @param rows what it is about; empty for [Operation#CLEAR] and [Operation#KEEP_SINCE]
/// @param madeMillis when it was made, by the clock of the one who took it
/// @param atMillis event time at which it takes effect among the events of strict rules; 0 for as soon as it is read.
///     When a rule made it: the event time of the write, with which its record is stamped
/// @param actor who made it
/// @param origin the correlator whose rule wrote to a shared table; 0 for people and responses
public record TableChange(
        String table, Operation operation, List<Row> rows, long madeMillis, long atMillis, String actor, long origin) {
    /// Most bytes of one change; more rows are several changes.
    public static final int MAXIMUM_BYTES = 1 << 20;

    private static final int FORMAT = 1;
    /// With the origin.
    private static final int FORMAT_OF_RULES = 2;
    /// Is a [SharingStep] and no change.
    static final int FORMAT_OF_SHARING = 3;

    /// `Type` of the events.
    static final int AUDIT = 4;
    private static final int SHOWN_KEY = 1_000;

    public TableChange {
        rows = List.copyOf(rows);
    }

    /// A change by people or responses.
    public TableChange(
            String table, Operation operation, List<Row> rows, long madeMillis, long atMillis, String actor) {
        this(table, operation, rows, madeMillis, atMillis, actor, 0);
    }

    /// A record as it is meant.
    ///
    /// @param key in the order of the key fields
    /// @param values by field
    public record Row(List<String> key, Map<String, List<String>> values) {
        public Row {
            key = List.copyOf(key);
            values = TableRecord.sorted(values);
        }
    }

    /// What is done with the rows.
    public enum Operation {
        /// The record has these fields and no others.
        PUT,
        /// The fields are written; others keep their values.
        SET,
        /// Values are added to fields, each once.
        MERGE,
        /// Numbers are added to fields.
        SUM,
        /// The record goes.
        DELETE,
        /// All records go.
        CLEAR,
        /// All records go that were written before this change was made: the end of an import that replaces.
        KEEP_SINCE;

        /// How it is called in events and interfaces.
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// Adds the event of the change to a batch.
    public void addTo(EventBatch batch, EntryOrigin origin, long idHigh, long idLow, long receivedNanos) {
        EventBuilder event = batch.builder();
        StateWriter out = new StateWriter();
        write(out);
        event.begin(origin, idHigh, idLow, receivedNanos, 0, out.array(), 0, out.length());
        event.setFlag(EventBatch.FLAG_TABLE_CHANGE);
        event.setInteger(Field.TYPE, AUDIT);
        event.setText(Field.NAME, "table changed");
        event.setText(Field.DEVICE_VENDOR, "Tocsin");
        event.setText(Field.DEVICE_PRODUCT, "Correlator");
        event.setText(Field.DEVICE_EVENT_CLASS_ID, "table-changed");
        event.setText(Field.DEVICE_ACTION, operation.text());
        event.setText(Field.DEVICE_EXTERNAL_ID, table);
        event.setText(Field.SOURCE_USER_NAME, actor);
        event.setInteger(Field.BASE_EVENT_COUNT, rows.size());
        if (rows.size() == 1) {
            String key = String.join(",", rows.getFirst().key());
            event.setText(Field.DEVICE_PAYLOAD_ID, key.length() > SHOWN_KEY ? key.substring(0, SHOWN_KEY) : key);
        }
        event.commit();
    }

    /// The change that an event is, or null when it cannot be read.
    public static @Nullable TableChange of(Event event) {
        try {
            return read(new StateReader(event.arena(), event.rawOffset(), event.rawLength()));
        } catch (DamagedStateException damaged) {
            return null;
        }
    }

    /// About how many bytes a row takes in a change.
    public static int bytes(Row row) {
        int bytes = 8;
        for (String part : row.key()) {
            bytes += 3 * part.length() + 4;
        }
        for (Map.Entry<String, List<String>> field : row.values().entrySet()) {
            bytes += 3 * field.getKey().length() + 8;
            for (String item : field.getValue()) {
                bytes += 3 * item.length() + 4;
            }
        }
        return bytes;
    }

    void write(StateWriter out) {
        out.count(origin == 0 ? FORMAT : FORMAT_OF_RULES);
        out.count(operation.ordinal());
        out.text(table);
        out.text(actor);
        out.number(madeMillis);
        out.number(atMillis);
        if (origin != 0) {
            out.bits(origin);
        }
        out.count(rows.size());
        rows.forEach(row -> write(out, row));
    }

    static void write(StateWriter out, Row row) {
        TableRecord.write(out, row.key());
        TableRecord.write(out, row.values());
    }

    static Row readRow(StateReader in) {
        return new Row(TableRecord.readTexts(in), TableRecord.readValues(in));
    }

    static TableChange read(StateReader in) {
        Operation[] operations = Operation.values();
        int format = in.smallCount();
        int operation = in.smallCount();
        if (format < FORMAT || format > FORMAT_OF_RULES || operation >= operations.length) {
            throw new DamagedStateException("a change of a table of another version", 0);
        }
        String table = in.text();
        String actor = in.text();
        long made = in.number();
        long at = in.number();
        long origin = format == FORMAT ? 0 : in.bits();
        int count = in.size();
        List<Row> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rows.add(readRow(in));
        }
        return new TableChange(table, operations[operation], rows, made, at, actor, origin);
    }
}
