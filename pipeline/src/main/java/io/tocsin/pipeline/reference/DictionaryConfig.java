package io.tocsin.pipeline.reference;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A `kind: dictionary` or `kind: table` as its resource says: rows written out, or a file of them.
///
/// @param inline the rows that are written out; empty when there is a file
/// @param file with rows, or null
/// @param format how the file is written
/// @param keyColumns columns that make the key
/// @param valueColumns columns that are taken; empty takes all that are not in the key
public record DictionaryConfig(
        Dictionary inline,
        @Nullable Path file,
        DictionaryFile.Format format,
        char separator,
        List<String> keyColumns,
        List<String> valueColumns,
        boolean ignoreCase) {
    /// What `kind` says for one value per key.
    public static final String DICTIONARY_KIND = "dictionary";
    /// What `kind` says for several columns.
    public static final String TABLE_KIND = "table";

    private static final String FILE_MEANING = "File with the rows; a relative path counts from the folder of this"
            + " resource. The first line of separated values names the columns.";
    private static final String FORMAT_MEANING =
            "How the file is written; when left out, as the end of its name says, else csv.";
    private static final Dictionary NONE = Dictionary.of(Map.of(), false);

    /// Keys under `spec` of `kind: dictionary`.
    public static final ConfigSpec<DictionaryConfig> DICTIONARY =
            ConfigSpec.of(DICTIONARY_KIND, "Gives one text for one key.", keys -> {
                var entries = keys.mapping("entries", "Key and value, written out.", ValueTypes.TEXT)
                        .optional();
                var file = keys.text("file", FILE_MEANING)
                        .example("/etc/tocsin/ports.csv")
                        .optional();
                var format = keys.choice("format", FORMAT_MEANING, DictionaryFile.Format.class)
                        .optional();
                var separator = keys.text("separator", "What stands between the columns of a file of the format csv.")
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
                            path == null
                                    ? null
                                    : DictionaryFile.beside(values.position().source(), path),
                            DictionaryFile.format(values.get(format), path),
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
                var file = keys.text("file", FILE_MEANING)
                        .example("/etc/tocsin/hosts.csv")
                        .optional();
                var format = keys.choice("format", FORMAT_MEANING, DictionaryFile.Format.class)
                        .optional();
                var separator = keys.text("separator", "What stands between the columns of a file of the format csv.")
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
                            path == null
                                    ? null
                                    : DictionaryFile.beside(values.position().source(), path),
                            DictionaryFile.format(values.get(format), path),
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

    /// Reads the file.
    ///
    /// @throws IOException when it cannot be read
    /// @throws TocsinException when it misses a column or is too large
    DictionaryFile.Content read() throws IOException {
        Path path = file;
        return path == null ? new DictionaryFile.Content(inline, 0, List.of()) : new DictionaryFile(this, path).read();
    }
}
