package io.tocsin.core.table;

import io.tocsin.core.http.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Port: the lists and tables of the correlator. A change has become durable in the log that the correlator reads when
/// a method returns; it takes its place among the events there. Called from several threads.
public interface TableStore {
    /// Where no correlator runs.
    TableStore NONE = new TableStore() {
        @Override
        public List<TableState> list() {
            return List.of();
        }

        @Override
        public List<TableEntry> entries(String table, String prefix, String text, List<String> after, int limit) {
            throw ApiException.notFound("list or table");
        }

        @Override
        public @Nullable TableEntry entry(String table, List<String> key) {
            throw ApiException.notFound("list or table");
        }

        @Override
        public boolean change(TableEdit edit) {
            throw ApiException.notFound("list or table");
        }

        @Override
        public TableImport.Report importRows(String table, TableImport how, InputStream body) {
            throw ApiException.notFound("list or table");
        }

        @Override
        public void export(String table, TableImport.Format format, OutputStream out) {
            throw ApiException.notFound("list or table");
        }
    };

    /// All of them: those that change first, in the order of their names.
    List<TableState> list();

    /// Records in the order of their keys.
    ///
    /// @param prefix what the key, its parts with commas between them, begins with; empty for all
    /// @param text what stands in the key or a value, in any case; empty for all
    /// @param after the key behind which to begin; empty for the first
    /// @throws ApiException when there is no such table, or it cannot be asked
    List<TableEntry> entries(String table, String prefix, String text, List<String> after, int limit);

    /// The record with this key, or null.
    ///
    /// @throws ApiException when there is no such table, or it cannot be asked
    @Nullable
    TableEntry entry(String table, List<String> key);

    /// Makes a change.
    ///
    /// @return true when rules see it; false when they will as soon as the correlator has come so far
    /// @throws ApiException when there is no such table, key or value do not fit it, or the log takes nothing
    boolean change(TableEdit edit);

    /// Reads a file into a table: all rows, or none when one is wrong and [TableImport#skipBad()] does not say
    /// otherwise.
    ///
    /// @throws ApiException when the file is refused, or the log takes nothing
    /// @throws IOException when the file cannot be read to its end
    TableImport.Report importRows(String table, TableImport how, InputStream body) throws IOException;

    /// Writes all records, as an import takes them.
    ///
    /// @throws ApiException when there is no such table, or it cannot be asked
    void export(String table, TableImport.Format format, OutputStream out) throws IOException;
}
