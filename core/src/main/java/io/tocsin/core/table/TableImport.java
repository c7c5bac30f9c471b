package io.tocsin.core.table;

import java.util.List;

/// How a file is read into a list or table.
///
/// @param separator what stands between the cells of a line of [Format#CSV]
/// @param keyColumns columns of separated values that make the key of an active list; empty for those named `key`, or
///     `key.1`, `key.2`, …
/// @param replace records that the file does not name go
/// @param skipBad rows with a mistake are left out; otherwise one mistake refuses the whole file
/// @param actor login of who does it
public record TableImport(
        Format format, char separator, List<String> keyColumns, boolean replace, boolean skipBad, String actor) {
    /// How rows are written.
    public enum Format {
        /// Separated values (RFC 4180); the first line names the columns.
        CSV,
        /// The same with tabs.
        TSV,
        /// One JSON object a line: `{"key":["a"],"values":{"field":["value"]}}`.
        JSONL
    }

    public TableImport {
        keyColumns = List.copyOf(keyColumns);
    }

    /// What became of a file.
    ///
    /// @param rows that were taken
    /// @param refused rows with a mistake
    /// @param errors the first of them
    /// @param applied true when rules see the rows; otherwise they will as soon as the correlator has read them
    public record Report(long rows, long refused, List<BadRow> errors, boolean applied) {
        public Report {
            errors = List.copyOf(errors);
        }
    }

    /// A row that cannot be taken.
    ///
    /// @param line where it begins, from 1
    public record BadRow(long line, String reason) {}
}
