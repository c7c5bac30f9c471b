import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Generates `Field.java` from the schema file. Run by the build as a single source file:
/// `java GenerateFields.java fields.tsv OUTPUT_FOLDER`.
final class GenerateFields {
    private record Row(
            int code, String name, String type, int size, String group, String cef, String ecs, String meaning) {}

    public static void main(String[] arguments) throws IOException {
        Path schema = Path.of(arguments[0]);
        Path output = Path.of(arguments[1], "io/tocsin/event/Field.java");
        String source = source(read(schema));
        Files.createDirectories(output.getParent());
        if (!Files.exists(output) || !Files.readString(output).equals(source)) {
            Files.writeString(output, source);
        }
    }

    private static List<Row> read(Path schema) throws IOException {
        List<Row> rows = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int line = 0;
        for (String text : Files.readAllLines(schema)) {
            line++;
            if (text.isBlank() || text.startsWith("#")) {
                continue;
            }
            String[] columns = text.split("\t", -1);
            if (columns.length != 8) {
                throw new IOException(schema + ":" + line + ": 8 columns expected, found " + columns.length);
            }
            Row row = new Row(
                    Integer.parseInt(columns[0]),
                    columns[1],
                    columns[2],
                    Integer.parseInt(columns[3]),
                    columns[4],
                    columns[5],
                    columns[6],
                    columns[7]);
            if (!seen.add("code " + row.code) || !seen.add("name " + row.name.toLowerCase(Locale.ROOT))) {
                throw new IOException(schema + ":" + line + ": code or name stands twice [name=" + row.name + "]");
            }
            if (!row.cef.equals("-") && !seen.add("cef " + row.cef)) {
                throw new IOException(schema + ":" + line + ": CEF key stands twice [cef=" + row.cef + "]");
            }
            if (row.code < 16 || row.code > 4095) {
                throw new IOException(schema + ":" + line + ": code outside 16..4095 [code=" + row.code + "]");
            }
            rows.add(row);
        }
        return rows;
    }

    private static String source(List<Row> rows) {
        StringBuilder out = new StringBuilder(64 * 1024);
        out.append("// Generated from src/schema/fields.tsv by src/build/GenerateFields.java. Do not edit.\n");
        out.append("package io.tocsin.event;\n\n");
        out.append("import org.jspecify.annotations.Nullable;\n\n");
        out.append("/// The fields of the event schema, in schema order. Immutable.\n");
        out.append("public enum Field {\n");
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            out.append("    /// ").append(row.meaning).append('\n');
            out.append("    ").append(constant(row.name)).append('(');
            out.append(row.code).append(", ").append(literal(row.name)).append(", FieldType.").append(row.type);
            out.append(", ").append(row.size).append(", FieldGroup.").append(row.group.toUpperCase(Locale.ROOT));
            out.append(", ").append(optional(row.cef)).append(", ").append(optional(row.ecs));
            out.append(", ").append(literal(row.meaning)).append(')');
            out.append(i == rows.size() - 1 ? ";\n\n" : ",\n");
        }
        out.append(
                """
                    private final int code;
                    private final String fieldName;
                    private final FieldType type;
                    private final int size;
                    private final FieldGroup group;
                    private final @Nullable String cefKey;
                    private final @Nullable String ecsName;
                    private final String meaning;

                    Field(int code, String fieldName, FieldType type, int size, FieldGroup group, @Nullable String cefKey, @Nullable String ecsName, String meaning) {
                        this.code = code;
                        this.fieldName = fieldName;
                        this.type = type;
                        this.size = size;
                        this.group = group;
                        this.cefKey = cefKey;
                        this.ecsName = ecsName;
                        this.meaning = meaning;
                    }

                    /// Number of the field on the wire; stable for ever.
                    public int code() {
                        return code;
                    }

                    /// Name in the schema, in JSON and of the ClickHouse column, such as `SourceAddress`.
                    public String fieldName() {
                        return fieldName;
                    }

                    public FieldType type() {
                        return type;
                    }

                    /// Longest value: characters for text, bytes for numbers.
                    public int size() {
                        return size;
                    }

                    public FieldGroup group() {
                        return group;
                    }

                    /// Key in the Common Event Format, or null.
                    public @Nullable String cefKey() {
                        return cefKey;
                    }

                    /// Name in the Elastic Common Schema, or null.
                    public @Nullable String ecsName() {
                        return ecsName;
                    }

                    /// One sentence for people.
                    public String meaning() {
                        return meaning;
                    }
                }
                """);
        return out.toString();
    }

    private static String optional(String value) {
        return value.equals("-") ? "null" : literal(value);
    }

    private static String literal(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String constant(String name) {
        String spaced = name.replace("IPv6", "Ipv6")
                .replace("IDs", "Ids")
                .replaceAll("([a-z])([A-Z0-9])", "$1_$2")
                .replaceAll("([A-Z]+)([A-Z][a-z])", "$1_$2")
                .replaceAll("([0-9])([A-Z])", "$1_$2")
                .replace("Ipv_6", "Ipv6");
        return spaced.toUpperCase(Locale.ROOT).replace("__", "_");
    }
}
