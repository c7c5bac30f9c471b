package io.tocsin.core;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.core.table.TableEdit;
import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.core.table.TableState;
import io.tocsin.core.table.TableStore;
import io.tocsin.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One list, `blocked`, of records `a`, `b,c` and `d`; remembers what it is asked to change.
///
/// Thread-safety: any thread.
final class TestTables implements TableStore {
    final List<TableEdit> edits = new CopyOnWriteArrayList<>();
    final List<TableImport> imports = new CopyOnWriteArrayList<>();
    final AtomicLong importedBytes = new AtomicLong();
    /// True while its correlator does not answer.
    volatile boolean isAway;

    private void know(String table) {
        reach();
        if (!table.equals("blocked")) {
            throw ApiException.notFound("list or table");
        }
    }

    private void reach() {
        if (isAway) {
            throw new ApiException(Problem.of(503, ErrorCode.BUFFER_FULL, "does not answer"));
        }
    }

    @Override
    public List<TableState> list() {
        reach();
        return List.of(new TableState(
                "blocked",
                "local",
                "active-list",
                "",
                "correlator",
                0,
                10,
                3,
                600,
                0,
                0,
                0,
                3L,
                List.of(new TableState.Field("by", "string", false, false)),
                null));
    }

    private static List<TableEntry> all() {
        return List.of(
                new TableEntry(List.of("a"), java.util.Map.of("by", List.of("x")), 0, 1L, 1L, null),
                new TableEntry(List.of("b", "c"), java.util.Map.of(), 2, 1L, 3L, 9L),
                new TableEntry(List.of("d"), java.util.Map.of(), 0, 1L, 1L, null));
    }

    @Override
    public List<TableEntry> entries(String table, String prefix, String text, List<String> after, int limit) {
        know(table);
        return all().stream()
                .filter(each -> String.join(",", each.key()).startsWith(prefix)
                        && String.join("\u001f", each.key()).compareTo(String.join("\u001f", after)) > 0)
                .limit(limit)
                .toList();
    }

    @Override
    public @Nullable TableEntry entry(String table, List<String> key) {
        know(table);
        return all().stream().filter(each -> each.key().equals(key)).findFirst().orElse(null);
    }

    @Override
    public boolean change(TableEdit edit) {
        know(edit.table());
        edits.add(edit);
        return edit.atMillis() == 0;
    }

    @Override
    public TableImport.Report importRows(String table, TableImport how, InputStream body) throws IOException {
        know(table);
        importedBytes.set(body.transferTo(OutputStream.nullOutputStream()));
        imports.add(how);
        return new TableImport.Report(2, 1, List.of(new TableImport.BadRow(3, "2 cells, but 1 columns")), true);
    }

    @Override
    public void export(String table, TableImport.Format format, OutputStream out) throws IOException {
        know(table);
        out.write(("key\r\na," + format + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
}
