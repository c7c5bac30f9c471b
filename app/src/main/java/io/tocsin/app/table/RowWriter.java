package io.tocsin.app.table;

import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes records as [RowReader] takes them.
///
/// Thread-safety: one thread.
final class RowWriter {
    private static final JsonMapper JSON = JsonMapper.shared();

    private RowWriter() {}

    /// @param keyNames names of the columns of the key; empty for an active list
    static void write(List<String> keyNames, TableImport.Format format, Iterable<TableEntry> entries, OutputStream to)
            throws IOException {
        Writer out = new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8));
        switch (format) {
            case CSV -> separated(keyNames, ',', entries, out);
            case TSV -> separated(keyNames, '\t', entries, out);
            case JSONL -> lines(entries, out);
        }
        out.flush();
    }

    private static void lines(Iterable<TableEntry> entries, Writer out) throws IOException {
        for (TableEntry entry : entries) {
            ObjectNode line = JSON.createObjectNode();
            ArrayNode key = line.putArray("key");
            entry.key().forEach(key::add);
            ObjectNode values = line.putObject("values");
            entry.values().forEach((field, items) -> {
                ArrayNode list = values.putArray(field);
                items.forEach(list::add);
            });
            line.put("updates", entry.updates());
            put(line, "createdAt", entry.createdAt());
            put(line, "updatedAt", entry.updatedAt());
            put(line, "expiresAt", entry.expiresAt());
            out.write(JSON.writeValueAsString(line));
            out.write('\n');
        }
    }

    private static void put(ObjectNode line, String name, @org.jspecify.annotations.Nullable Long millis) {
        if (millis != null) {
            line.put(name, millis);
        }
    }

    private static void separated(List<String> keyNames, char separator, Iterable<TableEntry> entries, Writer out)
            throws IOException {
        int parts = keyNames.isEmpty() ? 1 : keyNames.size();
        TreeSet<String> fields = new TreeSet<>();
        for (TableEntry entry : entries) {
            parts = Math.max(parts, entry.key().size());
            fields.addAll(entry.values().keySet());
        }
        List<String> header = new ArrayList<>(keyNames);
        for (int i = header.size(); i < parts; i++) {
            header.add(parts == 1 ? "key" : "key." + (i + 1));
        }
        header.addAll(fields);
        line(header, separator, out);
        for (TableEntry entry : entries) {
            List<String> cells = new ArrayList<>(entry.key());
            while (cells.size() < parts) {
                cells.add("");
            }
            for (String field : fields) {
                List<String> items = entry.values().getOrDefault(field, List.of());
                boolean looksLikeList = items.size() == 1 && items.getFirst().startsWith("[\"");
                cells.add(
                        items.isEmpty()
                                ? ""
                                : items.size() == 1 && !looksLikeList
                                        ? items.getFirst()
                                        : JSON.writeValueAsString(items));
            }
            line(cells, separator, out);
        }
    }

    private static void line(List<String> cells, char separator, Writer out) throws IOException {
        for (int i = 0; i < cells.size(); i++) {
            if (i > 0) {
                out.write(separator);
            }
            String cell = cells.get(i);
            boolean quoted = cell.indexOf(separator) >= 0
                    || cell.indexOf('"') >= 0
                    || cell.indexOf('\n') >= 0
                    || cell.indexOf('\r') >= 0
                    || cell.startsWith("\uFEFF")
                    // A line of one empty cell would be no line at all.
                    || (cell.isEmpty() && cells.size() == 1);
            out.write(quoted ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell);
        }
        out.write("\r\n");
    }
}
