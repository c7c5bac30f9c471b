package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.event.DeliveryRun;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Event;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventIds;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.storage.RandomBatches;
import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is selected equals what was in the batches, compared with a plain model: per event a map from column to the
/// text in which the engine would print it (bytes as hex).
@Tag("native")
final class EventRoundTripTest {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final long BASE_NANOS = 1_780_000_000_000_000_000L;

    @TempDir
    private Path folder;

    @Test
    void givesBackWhatWasStored() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.getLogger("test").log(System.Logger.Level.INFO, "repeat with -Dseed={0}", Long.toString(seed));
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                try (Inserter inserter = Inserter.open(engine)) {
                    Random random = new Random(seed);
                    RandomBatches batches = new RandomBatches(random, BASE_NANOS, 3);
                    long first = 0;
                    Map<String, Map<String, String>> expected = new HashMap<>();
                    for (int delivery = 0; delivery < 12; delivery++) {
                        List<EventBatch> content = new ArrayList<>();
                        for (int b = random.nextInt(1, 5); b > 0; b--) {
                            content.add(batches.next(random.nextInt(6) == 0 ? 0 : random.nextInt(200)));
                        }
                        int count = content.stream().mapToInt(EventBatch::count).sum();
                        inserter.insert(new DeliveryRun(7, 1, first, count + 1), content, 0);
                        first += count + 1;
                        content.forEach(batch -> expected.putAll(model(batch)));
                    }
                    assertThat(session.text("SELECT count() FROM events")).isEqualTo("" + expected.size());
                    for (Tables.Column column : Tables.eventColumns()) {
                        compare(session, column.name(), expected, seed);
                    }
                }
            }
        });
    }

    private static void compare(Session session, String column, Map<String, Map<String, String>> expected, long seed) {
        Map<String, String> stored = new HashMap<>();
        String rows = session.text("SELECT ID, " + printed(column) + " FROM events");
        for (String row : rows.split("\n", -1)) {
            String[] cells = row.split("\t", -1);
            stored.put(cells[0], cells.length > 1 ? cells[1] : "");
        }
        Map<String, String> wanted = new HashMap<>();
        expected.forEach((id, cells) -> wanted.put(id, cells.getOrDefault(column, absent(column))));
        assertThat(stored).as("column %s, seed %d", column, seed).isEqualTo(wanted);
    }

    private static String absent(String column) {
        Field field = io.tocsin.event.Fields.byName(column);
        if (field == null || field.type() == FieldType.STRING_ARRAY) {
            return "";
        }
        return field.type() == FieldType.STRING ? "" : "0";
    }

    /// SQL that prints a column in the form of the model.
    private static String printed(String column) {
        Field field = io.tocsin.event.Fields.byName(column);
        if (field == Field.ID) {
            return "toString(ID)";
        }
        if (field != null) {
            return switch (field.type()) {
                case STRING -> "hex(`" + column + "`)";
                case INTEGER -> "toString(`" + column + "`)";
                case FLOAT -> "toString(reinterpretAsInt64(`" + column + "`))";
                case TIMESTAMP -> "toString(toUnixTimestamp64Milli(`" + column + "`))";
                case STRING_ARRAY -> "arrayStringConcat(arrayMap(x -> hex(x), `" + column + "`), ',')";
            };
        }
        DynamicKind kind = DynamicKind.ofPrefix(column);
        String element = switch (kind == null ? FieldType.STRING : kind.elementType()) {
            case INTEGER -> "toString(v)";
            case FLOAT -> "toString(reinterpretAsInt64(v))";
            case STRING, TIMESTAMP, STRING_ARRAY -> "hex(v)";
        };
        String value = kind != null && kind.isArray()
                ? "arrayStringConcat(arrayMap(v -> " + element + ", vs), '+')"
                : element.replace("v)", "vs)");
        return "arrayStringConcat(arrayMap((k, vs) -> concat(hex(k), '=', " + value + "), mapKeys(`" + column
                + "`), mapValues(`" + column + "`)), ',')";
    }

    private static Map<String, Map<String, String>> model(EventBatch batch) {
        Map<String, Map<String, String>> model = new HashMap<>();
        Event event = new Event();
        for (int i = 0; i < batch.count(); i++) {
            event.moveTo(batch, i);
            Map<String, String> cells = new HashMap<>();
            for (Field field : Field.values()) {
                if (event.has(field) && field.type() != FieldType.STRING_ARRAY) {
                    cells.put(field.fieldName(), cell(event, field));
                }
            }
            Map<String, List<String>> arrays = new LinkedHashMap<>();
            Map<DynamicKind, Map<String, List<String>>> dynamics = new HashMap<>();
            for (int slot = event.start(); slot < event.end(); slot++) {
                Field field = io.tocsin.event.Fields.byCode(event.slotCode(slot));
                DynamicKind kind = DynamicKind.ofCode(event.slotCode(slot));
                if (field != null && field.type() == FieldType.STRING_ARRAY) {
                    arrays.computeIfAbsent(field.fieldName(), name -> new ArrayList<>())
                            .add(hex(event, event.slotValue(slot)));
                } else if (kind != null) {
                    String value = kind.elementType() == FieldType.STRING
                            ? hex(event, event.slotValue(slot))
                            : Long.toString(event.slotValue(slot));
                    String key = hex(event, event.slotKey(slot));
                    // Scalars with a repeated key stay apart: the key is made unique in the model by its place.
                    dynamics.computeIfAbsent(kind, k -> new LinkedHashMap<>())
                            .computeIfAbsent(kind.isArray() ? key : key + "#" + slot, k -> new ArrayList<>())
                            .add(value);
                }
            }
            arrays.forEach((name, values) -> cells.put(name, String.join(",", values)));
            dynamics.forEach((kind, values) -> cells.put(
                    kind.prefix(),
                    values.entrySet().stream()
                            .map(entry ->
                                    entry.getKey().replaceAll("#.*", "") + "=" + String.join("+", entry.getValue()))
                            .collect(Collectors.joining(","))));
            model.put(EventIds.text(event.idHigh(), event.idLow()), cells);
        }
        return model;
    }

    private static String cell(Event event, Field field) {
        if (field == Field.ID) {
            return EventIds.text(event.idHigh(), event.idLow());
        }
        return switch (field.type()) {
            case STRING -> hex(event, event.span(field));
            case INTEGER, TIMESTAMP -> Long.toString(event.integer(field, 0));
            case FLOAT -> Long.toString(Double.doubleToRawLongBits(event.real(field, 0)));
            case STRING_ARRAY -> throw new IllegalStateException();
        };
    }

    private static String hex(Event event, long span) {
        int offset = EventBatch.spanOffset(span);
        return HEX.formatHex(Arrays.copyOfRange(event.arena(), offset, offset + EventBatch.spanLength(span)));
    }
}
