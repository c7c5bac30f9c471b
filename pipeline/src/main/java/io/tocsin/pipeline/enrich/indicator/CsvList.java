package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Values;
import io.tocsin.pipeline.reference.CsvReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A list of separated values, or of one indicator a line. Columns are named as in the first line, or numbered from
/// 1; the first line is data when the value's column is a number. Lines that begin with `#` are comments.
record CsvList(ListDefaults defaults, Path path, char separator, ListColumns columns) implements IndicatorList {
    static final ComponentSpec<IndicatorList> SPEC =
            ComponentSpec.of("csv", "Separated values, or one indicator a line.", CsvList::keys);

    private static Function<Values, IndicatorList> keys(ConfigSpec.Builder keys) {
        var defaults = new ListDefaults.Keys(keys);
        var file = keys.text("file", "File to read; it is read again when it changes.")
                .example("/etc/tocsin/botnet.csv")
                .required();
        var separator =
                keys.text("separator", "What stands between the columns.").defaultTo(",");
        var columns = new ListColumns.Keys(keys, "Column", "1");
        return values -> {
            String written = values.get(separator).equals("\\t") ? "\t" : values.get(separator);
            if (written.length() != 1) {
                throw new IllegalArgumentException("separator must be one character [separator=" + written + "]");
            }
            return new CsvList(
                    defaults.read(values), Path.of(values.get(file)), written.charAt(0), columns.read(values));
        };
    }

    @Override
    public String name() {
        return defaults.name();
    }

    @Override
    public Path file(Path folder) {
        return path;
    }

    /// Opens a text file; what is not UTF-8 is replaced.
    static Reader open(Path file) throws IOException {
        return new BufferedReader(
                new InputStreamReader(
                        Files.newInputStream(file),
                        UTF_8.newDecoder()
                                .onMalformedInput(CodingErrorAction.REPLACE)
                                .onUnmappableCharacter(CodingErrorAction.REPLACE)),
                1 << 16);
    }

    @Override
    public void read(Path file, IndicatorSink sink) throws IOException {
        try (Reader reader = open(file)) {
            CsvReader csv = new CsvReader(reader, separator, true);
            Map<String, Integer> positions = new HashMap<>();
            boolean numbered = isNumber(columns.value());
            if (!numbered) {
                List<String> header = csv.next();
                for (int i = 0; header != null && i < header.size(); i++) {
                    positions.putIfAbsent(header.get(i).strip(), i);
                }
                if (!positions.containsKey(columns.value())) {
                    throw new IOException("no such column [column=" + columns.value() + ", columns=" + header + "]");
                }
            }
            for (List<String> row = csv.next(); row != null; row = csv.next()) {
                List<String> cells = row;
                sink.add(columns.indicator(defaults, column -> cell(cells, column, positions), sink.nowMillis()));
            }
        }
    }

    private static boolean isNumber(String column) {
        return !column.isEmpty() && column.length() < 5 && column.chars().allMatch(Character::isDigit);
    }

    private static String cell(List<String> cells, String column, Map<String, Integer> positions) {
        Integer position = positions.get(column);
        int at = position != null ? position : isNumber(column) ? Integer.parseInt(column) - 1 : -1;
        return at >= 0 && at < cells.size() ? cells.get(at) : "";
    }
}
