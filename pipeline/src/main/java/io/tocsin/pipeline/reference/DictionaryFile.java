package io.tocsin.pipeline.reference;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.error.ErrorCode;
import io.tocsin.error.TocsinException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the rows of a dictionary or table from a file. A row with a mistake is left out and told with its line; the
/// others are used. Missing cells count as empty. Of two rows with one key the later one counts, which is told, too.
///
/// Thread-safety: one thread.
public final class DictionaryFile {
    /// How a file is written.
    public enum Format {
        /// Separated values (RFC 4180).
        CSV,
        /// The same with tabs.
        TSV,
        /// A list of objects, or for a dictionary an object of keys and values.
        JSON,
        /// The same in YAML.
        YAML
    }

    /// What a file holds.
    ///
    /// @param refused rows that were left out or replaced by a later one
    /// @param problems the first of them: line and reason
    public record Content(Dictionary rows, long refused, List<String> problems) {
        public Content {
            problems = List.copyOf(problems);
        }
    }

    private static final long MAXIMUM_FILE_BYTES = 1L << 30;
    private static final int MAXIMUM_ROWS = 20_000_000;
    private static final int SHOWN_PROBLEMS = 20;

    private final DictionaryConfig config;
    private final Path path;
    private final List<String> problems = new ArrayList<>();
    private long refused;

    DictionaryFile(DictionaryConfig config, Path path) {
        this.config = config;
        this.path = path;
    }

    /// The format that was named, or that the end of a file name says.
    static Format format(@Nullable Format named, @Nullable String file) {
        if (named != null) {
            return named;
        }
        String name = file == null ? "" : file.toLowerCase(Locale.ROOT);
        return name.endsWith(".json")
                ? Format.JSON
                : name.endsWith(".yaml") || name.endsWith(".yml")
                        ? Format.YAML
                        : name.endsWith(".tsv") ? Format.TSV : Format.CSV;
    }

    /// A file that a resource names: beside it when it is there, else as it is written.
    ///
    /// @param resource file that the resource stands in, as messages name it
    static Path beside(String resource, String file) {
        try {
            Path written = Path.of(file);
            Path folder = Path.of(resource).toAbsolutePath().getParent();
            return written.isAbsolute() || folder == null || !Files.exists(folder.resolve(written))
                    ? written
                    : folder.resolve(written);
        } catch (InvalidPathException noPath) {
            throw new IllegalArgumentException("not a path [file=" + file + "]", noPath);
        }
    }

    /// Reads the file.
    ///
    /// @throws IOException when it cannot be read
    /// @throws TocsinException when it misses a column or is too large
    Content read() throws IOException {
        if (Files.size(path) > MAXIMUM_FILE_BYTES) {
            throw refusedFile("file is too large, maximumBytes=" + MAXIMUM_FILE_BYTES);
        }
        Dictionary rows = switch (config.format()) {
            case CSV -> separated(config.separator());
            case TSV -> separated('\t');
            case JSON, YAML -> tree();
        };
        return new Content(rows, refused, problems);
    }

    private Dictionary separated(char separator) throws IOException {
        var decoder = UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(Files.newInputStream(path), decoder))) {
            CsvReader csv = new CsvReader(reader, separator, true);
            List<String> header = csv.next();
            if (header == null) {
                throw refusedFile("file is empty, a line with the names of the columns is expected");
            }
            List<String> names = header.stream().map(String::strip).toList();
            List<String> taken = taken(names);
            int[] keyAt = positions(names, config.keyColumns());
            int[] valueAt = positions(names, taken);
            Dictionary.Builder builder = Dictionary.builder(config.keyColumns(), taken, config.ignoreCase());
            for (List<String> row = csv.next(); row != null; row = csv.next()) {
                String fault = csv.fault();
                if (fault != null) {
                    refuse(csv.recordLine(), fault);
                } else if (row.size() > names.size()) {
                    refuse(csv.recordLine(), row.size() + " cells, but " + names.size() + " columns");
                } else {
                    add(builder, csv.recordLine(), cells(row, keyAt), cells(row, valueAt));
                }
            }
            return builder.build();
        }
    }

    private List<String> taken(List<String> names) {
        List<String> taken = config.valueColumns().isEmpty()
                ? names.stream()
                        .filter(name -> !config.keyColumns().contains(name))
                        .toList()
                : config.valueColumns();
        if (taken.isEmpty()) {
            throw refusedFile("file has no column besides the key");
        }
        return taken;
    }

    private void add(Dictionary.Builder builder, long line, List<String> key, List<String> cells) {
        if (key.stream().allMatch(String::isEmpty)) {
            refuse(line, "the key is empty");
            return;
        }
        if (key.stream().anyMatch(DictionaryFile::isUnreadable)
                || cells.stream().anyMatch(DictionaryFile::isUnreadable)) {
            refuse(line, "a character that is no text: NUL, the separator of keys, or one that is not UTF-8");
            return;
        }
        int repeated = builder.repeated();
        builder.add(key, cells);
        if (builder.repeated() > repeated) {
            refuse(line, "the key stood there before, the row before is not used [key=" + String.join(",", key) + "]");
        }
        if (builder.size() > MAXIMUM_ROWS) {
            throw refusedFile("file has too many rows, maximumRows=" + MAXIMUM_ROWS);
        }
    }

    private static boolean isUnreadable(String text) {
        return text.indexOf('\0') >= 0
                || text.indexOf('\uFFFD') >= 0
                || text.indexOf((char) Dictionary.KEY_SEPARATOR) >= 0;
    }

    private void refuse(long line, String reason) {
        refused++;
        if (problems.size() < SHOWN_PROBLEMS) {
            problems.add("line " + line + ": " + reason);
        }
    }

    /// A list of objects, or an object of keys and values. JSON is read as the YAML that it is, so that rows have
    /// lines.
    private Dictionary tree() {
        Problems wrong = new Problems();
        List<ConfigNode> documents = YamlReader.readAll(path, wrong);
        if (documents.isEmpty() || !wrong.isEmpty()) {
            throw refusedFile(wrong.list().stream()
                    .findFirst()
                    .map(Problem::toString)
                    .orElse("file is empty, a list of rows is expected"));
        }
        return switch (documents.getFirst()) {
            case ConfigNode.Sequence list -> rows(list);
            case ConfigNode.Mapping entries -> entries(entries);
            case ConfigNode.Scalar _ -> throw refusedFile("a list of rows is expected, found a text");
        };
    }

    private Dictionary entries(ConfigNode.Mapping entries) {
        if (config.keyColumns().size() != 1 || config.valueColumns().size() != 1) {
            throw refusedFile("a list of rows is expected: only a dictionary is an object of keys and values");
        }
        Dictionary.Builder builder =
                Dictionary.builder(config.keyColumns(), config.valueColumns(), config.ignoreCase());
        for (ConfigNode.Entry entry : entries.entries()) {
            if (entry.value() instanceof ConfigNode.Scalar value) {
                add(builder, entry.position().line(), List.of(entry.name()), List.of(value.text()));
            } else {
                refuse(
                        entry.position().line(),
                        "a value is expected, found a " + entry.value().shape());
            }
        }
        return builder.build();
    }

    private record Row(Position position, Map<String, String> cells) {}

    private Dictionary rows(ConfigNode.Sequence list) {
        List<Row> rows = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (ConfigNode item : list.items()) {
            if (!(item instanceof ConfigNode.Mapping mapping)) {
                refuse(item.position().line(), "a row is expected, columns with values, found a " + item.shape());
                continue;
            }
            Map<String, String> cells = new HashMap<>();
            boolean isRight = true;
            for (ConfigNode.Entry entry : mapping.entries()) {
                if (entry.value() instanceof ConfigNode.Scalar value) {
                    cells.put(entry.name(), value.text());
                } else {
                    isRight = false;
                    refuse(
                            entry.position().line(),
                            "a value is expected, found a " + entry.value().shape() + " [column=" + entry.name() + "]");
                }
            }
            if (isRight) {
                rows.add(new Row(mapping.position(), cells));
                names.addAll(cells.keySet());
            }
        }
        List<String> taken = taken(names.stream().sorted().toList());
        Dictionary.Builder builder = Dictionary.builder(config.keyColumns(), taken, config.ignoreCase());
        for (Row row : rows) {
            add(
                    builder,
                    row.position().line(),
                    config.keyColumns().stream()
                            .map(column -> row.cells().getOrDefault(column, ""))
                            .toList(),
                    taken.stream()
                            .map(column -> row.cells().getOrDefault(column, ""))
                            .toList());
        }
        return builder.build();
    }

    private int[] positions(List<String> header, List<String> columns) {
        int[] positions = new int[columns.size()];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = header.indexOf(columns.get(i));
            if (positions[i] < 0) {
                throw refusedFile("no such column, column=" + columns.get(i) + ", columns=" + header);
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

    private TocsinException refusedFile(String reason) {
        return TocsinException.of(
                ErrorCode.INVALID_CONFIG, "cannot use a dictionary [file=" + path + ", reason=" + reason + "]");
    }
}
