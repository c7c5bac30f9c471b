package io.tocsin.app.table;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.correlator.load.FixedTableReader;
import io.tocsin.correlator.table.FixedTable;
import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.reference.Dictionary;
import io.tocsin.pipeline.reference.DictionaryConfig;
import io.tocsin.pipeline.reference.DictionarySource;
import io.tocsin.pipeline.reference.Shared;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Dictionaries and tables for rules, read as collectors read them: what both use from one file is in memory once.
///
/// Thread-safety: one thread at a time.
public final class FileTables implements FixedTableReader, AutoCloseable {
    /// A table in use.
    private record Open(Shared.Lease<DictionarySource> lease, String kind, FixedTable table) {}

    private final List<Open> open = new ArrayList<>();

    public FileTables() {}

    @Override
    public @Nullable FixedTable read(String kind, String name, ConfigNode spec, Problems problems) {
        DictionaryConfig config = DictionaryConfig.read(kind, spec, problems);
        if (config == null) {
            return null;
        }
        try {
            Shared.Lease<DictionarySource> lease = DictionarySource.share(name, config);
            FixedTable table = table(name, kind, lease.get());
            open.add(new Open(lease, kind, table));
            return table;
        } catch (TocsinException e) {
            problems.add(spec.position(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    /// The tables as their files are now, in the order in which they were read; null when none has changed.
    public @Nullable List<FixedTable> refreshed() {
        boolean isChanged = false;
        for (int i = 0; i < open.size(); i++) {
            Open each = open.get(i);
            each.lease().get().refresh();
            // Who else uses the file may have read it already.
            FixedTable now =
                    table(each.table().name(), each.kind(), each.lease().get());
            if (!now.rows().equals(each.table().rows())) {
                open.set(i, new Open(each.lease(), each.kind(), now));
                isChanged = true;
            }
        }
        return isChanged ? open.stream().map(Open::table).toList() : null;
    }

    private static FixedTable table(String name, String kind, DictionarySource source) {
        Dictionary rows = source.current();
        Path path = source.path();
        boolean isDictionary = kind.equals(DictionaryConfig.DICTIONARY_KIND);
        return new FixedTable(
                name, kind, rows.keyColumns(), new Rows(rows, isDictionary), path == null ? null : path.toString());
    }

    /// @param isDictionary the only column is called `value`, whatever it is called in the file
    private record Rows(Dictionary dictionary, boolean isDictionary) implements FixedTable.Rows {
        @Override
        public boolean contains(List<String> key) {
            return row(key) >= 0;
        }

        private int row(List<String> key) {
            return key.size() == dictionary.keyColumns().size() ? dictionary.find(key.toArray(String[]::new)) : -1;
        }

        @Override
        public @Nullable String value(List<String> key, String column) {
            int row = row(key);
            int at = isDictionary && column.equals(FixedTable.VALUE) ? 0 : dictionary.column(column);
            return row < 0 || at < 0 ? null : text(row, at);
        }

        private @Nullable String text(int row, int column) {
            byte[] cell = dictionary.value(row, column);
            return cell == null ? null : new String(cell, StandardCharsets.UTF_8);
        }

        @Override
        public int size() {
            return dictionary.size();
        }

        @Override
        public List<String> columns() {
            return isDictionary ? List.of(FixedTable.VALUE) : dictionary.valueColumns();
        }

        @Override
        public void forEach(BiConsumer<List<String>, Map<String, String>> each) {
            List<String> columns = columns();
            for (int row = 0; row < dictionary.size(); row++) {
                Map<String, String> cells = new HashMap<>();
                for (int column = 0; column < columns.size(); column++) {
                    String cell = text(row, column);
                    if (cell != null) {
                        cells.put(columns.get(column), cell);
                    }
                }
                each.accept(dictionary.key(row), cells);
            }
        }
    }

    /// Lets go of the files. The tables that were read stay as they are.
    @Override
    public void close() {
        open.forEach(each -> each.lease().close());
        open.clear();
    }
}
