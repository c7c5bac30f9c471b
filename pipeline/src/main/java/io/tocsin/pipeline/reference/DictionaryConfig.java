package io.tocsin.pipeline.reference;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A `kind: dictionary` or `kind: table` as its resource says: rows written out, or a file of separated values.
///
/// @param inline the rows that are written out; empty when there is a file
/// @param file CSV file with a header line, or null
/// @param keyColumns columns that make the key
/// @param valueColumns columns that are taken; empty takes all that are not in the key
public record DictionaryConfig(
        Dictionary inline,
        @Nullable Path file,
        char separator,
        List<String> keyColumns,
        List<String> valueColumns,
        boolean ignoreCase) {
    /// What `kind` says for one value per key.
    public static final String DICTIONARY_KIND = "dictionary";
    /// What `kind` says for several columns.
    public static final String TABLE_KIND = "table";

    private static final long MAXIMUM_FILE_BYTES = 1L << 30;
    private static final int MAXIMUM_ROWS = 20_000_000;
    private static final Dictionary NONE = Dictionary.of(Map.of(), false);

    /// Keys under `spec` of `kind: dictionary`.
    public static final ConfigSpec<DictionaryConfig> DICTIONARY =
            ConfigSpec.of(DICTIONARY_KIND, "Gives one text for one key.", keys -> {
                var entries = keys.mapping("entries", "Key and value, written out.", ValueTypes.TEXT)
                        .optional();
                var file = keys.text("file", "File of separated values whose first line names the columns.")
                        .example("/etc/tocsin/ports.csv")
                        .optional();
                var separator = keys.text("separator", "What stands between the columns of the file.")
                        .defaultTo(",");
                var key = keys.list("key", "Columns of the file that make the key.", ValueTypes.TEXT)
                        .defaultTo(List.of("key"));
                var value = keys.text("value", "Column of the file that holds the value.")
                        .defaultTo("value");
                var ignoreCase = keys.flag("ignoreCase", "Compares keys without regard to the case of ASCII letters.")
                        .defaultTo(false);
                return values -> {
                    Map<String, String> written = values.get(entries);
                    String path = values.get(file);
                    if ((written == null) == (path == null)) {
                        throw new IllegalArgumentException("a dictionary has either entries or a file");
                    }
                    return new DictionaryConfig(
                            written == null ? NONE : Dictionary.of(written, values.get(ignoreCase)),
                            path == null ? null : Path.of(path),
                            character(values.get(separator)),
                            values.get(key),
                            List.of(values.get(value)),
                            values.get(ignoreCase));
                };
            });

    /// Keys under `spec` of `kind: table`.
    public static final ConfigSpec<DictionaryConfig> TABLE =
            ConfigSpec.of(TABLE_KIND, "Gives several columns for a key of one or several columns.", keys -> {
                var key = keys.list("key", "Columns that make the key.", ValueTypes.TEXT)
                        .required();
                var columns = keys.list(
                                "columns", "Columns that are taken; all of them when left out.", ValueTypes.TEXT)
                        .defaultTo(List.of());
                var rows = keys.list(
                                "rows",
                                "Rows, written out: mappings of column to text.",
                                ValueTypes.mapping(ValueTypes.TEXT, 1000))
                        .optional();
                var file = keys.text("file", "File of separated values whose first line names the columns.")
                        .example("/etc/tocsin/hosts.csv")
                        .optional();
                var separator = keys.text("separator", "What stands between the columns of the file.")
                        .defaultTo(",");
                var ignoreCase = keys.flag("ignoreCase", "Compares keys without regard to the case of ASCII letters.")
                        .defaultTo(false);
                return values -> {
                    List<Map<String, String>> written = values.get(rows);
                    String path = values.get(file);
                    if ((written == null) == (path == null)) {
                        throw new IllegalArgumentException("a table has either rows or a file");
                    }
                    return new DictionaryConfig(
                            written == null
                                    ? NONE
                                    : inline(written, values.get(key), values.get(columns), values.get(ignoreCase)),
                            path == null ? null : Path.of(path),
                            character(values.get(separator)),
                            values.get(key),
                            values.get(columns),
                            values.get(ignoreCase));
                };
            });

    public DictionaryConfig {
        keyColumns = List.copyOf(keyColumns);
        valueColumns = List.copyOf(valueColumns);
    }

    /// Reads the part under `spec` of a dictionary or table.
    ///
    /// @return null after at least one problem was added
    public static @Nullable DictionaryConfig read(String kind, ConfigNode spec, Problems problems) {
        return kind.equals(TABLE_KIND) ? TABLE.read(spec, problems) : DICTIONARY.read(spec, problems);
    }

    private static char character(String separator) {
        String text = separator.equals("\\t") ? "\t" : separator;
        if (text.length() != 1 || text.equals("\"") || text.equals("\n") || text.equals("\r")) {
            throw new IllegalArgumentException("separator must be one character [separator=" + separator + "]");
        }
        return text.charAt(0);
    }

    private static Dictionary inline(
            List<Map<String, String>> rows, List<String> key, List<String> columns, boolean ignoreCase) {
        List<String> taken = new ArrayList<>(columns);
        if (taken.isEmpty()) {
            rows.forEach(row -> row.keySet().stream()
                    .filter(column -> !key.contains(column) && !taken.contains(column))
                    .forEach(taken::add));
        }
        if (taken.isEmpty()) {
            throw new IllegalArgumentException("a table needs a column besides its key");
        }
        Dictionary.Builder builder = Dictionary.builder(key, taken, ignoreCase);
        for (Map<String, String> row : rows) {
            List<String> parts = new ArrayList<>();
            for (String column : key) {
                String part = row.get(column);
                if (part == null) {
                    throw new IllegalArgumentException("a row misses a column of the key [column=" + column + "]");
                }
                parts.add(part);
            }
            builder.add(
                    parts,
                    taken.stream().map(column -> row.getOrDefault(column, "")).toList());
        }
        return builder.build();
    }

    /// Reads the file. Rows without a key are passed over; cells that are missing count as empty.
    ///
    /// @throws IOException when it cannot be read
    /// @throws TocsinException when it misses a column or is too large
    Dictionary read() throws IOException {
        Path path = file;
        if (path == null) {
            return inline;
        }
        if (Files.size(path) > MAXIMUM_FILE_BYTES) {
            throw refused(path, "file is too large, maximumBytes=" + MAXIMUM_FILE_BYTES);
        }
        var decoder = UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(Files.newInputStream(path), decoder))) {
            CsvReader csv = new CsvReader(reader, separator, true);
            List<String> header = csv.next();
            if (header == null) {
                throw refused(path, "file is empty, a line with the names of the columns is expected");
            }
            List<String> names = header.stream().map(String::strip).toList();
            List<String> taken = valueColumns.isEmpty()
                    ? names.stream().filter(name -> !keyColumns.contains(name)).toList()
                    : valueColumns;
            int[] keyAt = positions(path, names, keyColumns);
            int[] valueAt = positions(path, names, taken);
            if (valueAt.length == 0) {
                throw refused(path, "file has no column besides the key");
            }
            Dictionary.Builder builder = Dictionary.builder(keyColumns, taken, ignoreCase);
            for (List<String> row = csv.next(); row != null; row = csv.next()) {
                List<String> key = cells(row, keyAt);
                if (!key.stream().allMatch(String::isEmpty)) {
                    builder.add(key, cells(row, valueAt));
                }
                if (builder.size() > MAXIMUM_ROWS) {
                    throw refused(path, "file has too many rows, maximumRows=" + MAXIMUM_ROWS);
                }
            }
            return builder.build();
        }
    }

    private static int[] positions(Path path, List<String> header, List<String> columns) {
        int[] positions = new int[columns.size()];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = header.indexOf(columns.get(i));
            if (positions[i] < 0) {
                throw refused(path, "no such column, column=" + columns.get(i) + ", columns=" + header);
            }
        }
        return positions;
    }

    private static List<String> cells(List<String> row, int[] positions) {
        List<String> cells = new ArrayList<>(positions.length);
        for (int position : positions) {
            cells.add(position < row.size() ? row.get(position) : "");
        }
        return cells;
    }

    private static TocsinException refused(Path path, String reason) {
        return TocsinException.of(
                ErrorCode.INVALID_CONFIG, "cannot use a dictionary [file=" + path + ", reason=" + reason + "]");
    }
}
