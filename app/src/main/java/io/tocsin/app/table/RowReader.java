package io.tocsin.app.table;

import io.tocsin.core.table.TableImport;
import io.tocsin.correlator.table.TableChange;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import io.tocsin.correlator.window.Hash128;
import io.tocsin.correlator.window.HashSet128;
import io.tocsin.pipeline.reference.CsvReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads rows for a list or table from separated values or JSON lines. Takes one row at a time: memory does not grow
/// with
/// the file but for a hash of each key.
///
/// A row is refused, with its line and the reason, when it is written wrongly, has other columns than the first line
/// says, does not fit the table, or has a key that stood there before.
///
/// Thread-safety: one thread.
final class RowReader {
    /// Bad rows that are told one by one.
    static final int SHOWN_BAD = 100;

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MAXIMUM_LINE = 1 << 20;
    private static final String KEY = "key";

    /// Takes rows that are right.
    interface Sink {
        void accept(TableChange.Row row) throws IOException;
    }

    private final TableDefinition table;
    private final TableImport how;
    private final Sink sink;
    private final HashSet128 keys = new HashSet128();
    private final Hash128 hash = new Hash128();
    private final List<TableImport.BadRow> bad = new ArrayList<>();
    private long rows;
    private long refused;

    RowReader(TableDefinition table, TableImport how, Sink sink) {
        this.table = table;
        this.how = how;
        this.sink = sink;
    }

    /// Rows that were right.
    long rows() {
        return rows;
    }

    /// Rows that were not.
    long refused() {
        return refused;
    }

    /// The first of them.
    List<TableImport.BadRow> bad() {
        return List.copyOf(bad);
    }

    /// Reads to the end.
    ///
    /// @throws IllegalArgumentException when no row can be read, because the first line does not say what is needed
    void read(InputStream in) throws IOException {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        Reader reader = new BufferedReader(new InputStreamReader(in, decoder));
        switch (how.format()) {
            case CSV, TSV -> separated(reader);
            case JSONL -> lines(reader);
        }
    }

    private void separated(Reader reader) throws IOException {
        CsvReader csv = new CsvReader(reader, how.separator(), false);
        List<String> header = csv.next();
        if (header == null) {
            throw new IllegalArgumentException("the file is empty: its first line names the columns");
        }
        if (csv.fault() != null) {
            throw new IllegalArgumentException("the first line, which names the columns: " + csv.fault());
        }
        List<String> names = header.stream().map(String::strip).toList();
        List<Integer> keyAt = keyColumns(names);
        long distinct = names.stream().distinct().count();
        if (distinct < names.size()) {
            throw new IllegalArgumentException("a column stands twice in the first line [columns=" + names + "]");
        }
        for (List<String> cells = csv.next(); cells != null; cells = csv.next()) {
            String fault = csv.fault();
            if (fault != null) {
                refuse(csv.recordLine(), fault);
            } else if (cells.size() != names.size()) {
                refuse(csv.recordLine(), cells.size() + " cells, but " + names.size() + " columns");
            } else {
                take(csv.recordLine(), row(names, keyAt, cells));
            }
        }
    }

    private List<Integer> keyColumns(List<String> names) {
        List<String> wanted = new ArrayList<>();
        if (!table.keyFields().isEmpty()) {
            table.keyFields().stream().map(TableField::name).forEach(wanted::add);
        } else if (!how.keyColumns().isEmpty()) {
            wanted.addAll(how.keyColumns());
        } else if (names.contains(KEY)) {
            wanted.add(KEY);
        } else {
            for (int i = 1; names.contains(KEY + "." + i); i++) {
                wanted.add(KEY + "." + i);
            }
        }
        List<Integer> at = new ArrayList<>();
        for (String name : wanted) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException(
                        "the first line has no column for the key [column=" + name + ", columns=" + names + "]");
            }
            at.add(names.indexOf(name));
        }
        if (at.isEmpty()) {
            throw new IllegalArgumentException("the first line names no column 'key': say which columns make the key"
                    + " [columns=" + names + "]");
        }
        return at;
    }

    private TableChange.Row row(List<String> names, List<Integer> keyAt, List<String> cells) {
        List<String> key = new ArrayList<>(keyAt.size());
        keyAt.forEach(place -> key.add(cells.get(place)));
        // Keys of a list may have different numbers of parts; a file has as many columns as the longest.
        while (key.size() > 1 && table.keyFields().isEmpty() && key.getLast().isEmpty()) {
            key.removeLast();
        }
        Map<String, List<String>> values = new TreeMap<>();
        for (int i = 0; i < names.size(); i++) {
            if (!keyAt.contains(i) && !cells.get(i).isEmpty()) {
                values.put(names.get(i), items(cells.get(i)));
            }
        }
        return new TableChange.Row(key, values);
    }

    /// Several values stand in a cell as a JSON array of texts, as exports write them.
    private static List<String> items(String cell) {
        if (cell.startsWith("[\"") && cell.endsWith("\"]")) {
            try {
                JsonNode list = JSON.readTree(cell);
                List<String> items = new ArrayList<>();
                for (JsonNode item : list) {
                    if (!item.isString()) {
                        return List.of(cell);
                    }
                    items.add(item.asString());
                }
                return items;
            } catch (JacksonException notAList) {
                return List.of(cell);
            }
        }
        return List.of(cell);
    }

    private void lines(Reader reader) throws IOException {
        StringBuilder line = new StringBuilder();
        long number = 1;
        boolean isLong = false;
        for (int next = reader.read(); ; next = reader.read()) {
            if (next == '\n' || next < 0) {
                line(number, line.toString(), isLong);
                line.setLength(0);
                isLong = false;
                number++;
                if (next < 0) {
                    return;
                }
            } else if (line.length() < MAXIMUM_LINE) {
                line.append((char) next);
            } else {
                isLong = true;
            }
        }
    }

    private void line(long number, String line, boolean isLong) throws IOException {
        if (line.isBlank()) {
            return;
        }
        if (isLong) {
            refuse(number, "the line is too long [maximumCharacters=" + MAXIMUM_LINE + "]");
            return;
        }
        try {
            JsonNode written = JSON.readTree(line);
            if (!written.isObject()) {
                refuse(number, "a JSON object is expected");
                return;
            }
            Map<String, List<String>> values = new TreeMap<>();
            for (Map.Entry<String, JsonNode> each : written.path("values").properties()) {
                values.put(each.getKey(), texts(each.getValue()));
            }
            take(number, new TableChange.Row(texts(written.path(KEY)), values));
        } catch (JacksonException wrong) {
            refuse(number, "not JSON: " + wrong.getOriginalMessage());
        } catch (IllegalArgumentException wrong) {
            refuse(number, String.valueOf(wrong.getMessage()));
        }
    }

    private static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isArray()) {
            for (JsonNode item : node) {
                texts.add(text(item));
            }
        } else if (!node.isMissingNode()) {
            texts.add(text(node));
        }
        return texts;
    }

    private static String text(JsonNode node) {
        if (!node.isValueNode() || node.isNull()) {
            throw new IllegalArgumentException("a text, number or flag is expected, or a list of them");
        }
        return node.asString();
    }

    private void take(long line, TableChange.Row row) throws IOException {
        String problem = table.problem(row);
        if (problem == null && TableChange.bytes(row) > TableChange.MAXIMUM_BYTES) {
            problem = "the record is too large [maximumBytes=" + TableChange.MAXIMUM_BYTES + "]";
        }
        if (problem == null) {
            hash.reset();
            row.key().forEach(hash::add);
            problem = keys.add(hash.high(), hash.low()) ? null : "the key stands in the file twice";
        }
        if (problem == null && rows >= table.maximumRecords()) {
            problem = "the table takes no more records [maximumRecords=" + table.maximumRecords() + "]";
        }
        if (problem != null) {
            refuse(line, problem);
            return;
        }
        rows++;
        sink.accept(row);
    }

    private void refuse(long line, @Nullable String reason) {
        refused++;
        if (bad.size() < SHOWN_BAD) {
            bad.add(new TableImport.BadRow(line, String.valueOf(reason)));
        }
    }
}
