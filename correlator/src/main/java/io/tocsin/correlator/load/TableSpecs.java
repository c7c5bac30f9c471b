package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.ValueTypes;
import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the resources `active-list` and `context-table`, and dictionaries and tables whose rows are written out.
public final class TableSpecs {
    private static final int MAXIMUM_RECORDS = 10_000_000;
    private static final int DEFAULT_RECORDS = 100_000;

    private record Common(
            String description,
            Duration ttl,
            int maximumRecords,
            List<TableField> fields,
            TableDefinition.Scope scope) {}

    private static final String SCOPE = "Whose records they are: each correlator's own, or the same for all of them.";

    private static final ConfigSpec<TableField> FIELD = ConfigSpec.of("field", "A field of a context table.", keys -> {
        var name = keys.text("name", "Its name.").required();
        var type = keys.choice("type", "What its values are.", TableField.Type.class)
                .defaultTo(TableField.Type.STRING);
        var list = keys.flag("list", "Holds several values.").defaultTo(false);
        var key = keys.flag("key", "Is a part of the key.").defaultTo(false);
        return values -> {
            if (values.get(list) && values.get(key)) {
                values.refuse("list", "a list cannot be a part of the key");
            }
            if (values.get(name).length() > 128 || values.get(name).indexOf('=') >= 0) {
                values.refuse("name", "at most 128 characters, no '=' [name=" + values.get(name) + "]");
            }
            return new TableField(values.get(name), values.get(type), values.get(list), values.get(key));
        };
    });

    private static final ConfigSpec<Common> ACTIVE_LIST =
            ConfigSpec.of("active-list", "Remembers values under keys; rules write and read it.", keys -> {
                var description = keys.text("description", "What it is for.").defaultTo("");
                var ttl = keys.duration(
                                "ttl",
                                "How long a record lives after it was last written, in event time; 0s for ever.",
                                Duration.ZERO,
                                Duration.ofMillis(TableDefinition.MAXIMUM_TTL_MILLIS))
                        .defaultTo(Duration.ZERO);
                var maximum = keys.integer(
                                "maximumRecords",
                                "When there are more, the one written longest ago goes.",
                                1,
                                MAXIMUM_RECORDS)
                        .defaultTo(DEFAULT_RECORDS);
                var scope = keys.choice("scope", SCOPE, TableDefinition.Scope.class)
                        .defaultTo(TableDefinition.Scope.CORRELATOR);
                return values -> new Common(
                        values.get(description), values.get(ttl), values.get(maximum), List.of(), values.get(scope));
            });

    private static final ConfigSpec<Common> CONTEXT_TABLE =
            ConfigSpec.of("context-table", "Remembers typed records under a key of several fields.", keys -> {
                var description = keys.text("description", "What it is for.").defaultTo("");
                var ttl = keys.duration(
                                "ttl",
                                "How long a record lives after it was last written, in event time; 0s for ever.",
                                Duration.ZERO,
                                Duration.ofDays(366))
                        .defaultTo(Duration.ZERO);
                var maximum = keys.integer(
                                "maximumRecords",
                                "When there are more, the one written longest ago goes.",
                                1,
                                MAXIMUM_RECORDS)
                        .defaultTo(DEFAULT_RECORDS);
                var scope = keys.choice("scope", SCOPE, TableDefinition.Scope.class)
                        .defaultTo(TableDefinition.Scope.CORRELATOR);
                var fields = keys.list("fields", "Its fields.", ValueTypes.nested(FIELD))
                        .required();
                return values -> {
                    Set<String> names = new HashSet<>();
                    for (TableField field : values.get(fields)) {
                        if (!names.add(field.name())) {
                            values.refuse("fields", "two fields have one name [name=" + field.name() + "]");
                        }
                    }
                    if (values.get(fields).stream().noneMatch(TableField::isKey)) {
                        values.refuse("fields", "a context table needs a field with key: true");
                    }
                    return new Common(
                            values.get(description),
                            values.get(ttl),
                            values.get(maximum),
                            values.get(fields),
                            values.get(scope));
                };
            });

    private TableSpecs() {}

    /// The tables of the keys, for the manual.
    public static String manual() {
        return "### Active lists\n\n" + ACTIVE_LIST.markdown() + "\n### Context tables\n\n" + CONTEXT_TABLE.markdown()
                + "\n### Fields of a context table\n\n" + FIELD.markdown();
    }

    static @Nullable TableDefinition read(String kind, String name, ConfigNode spec, Problems problems) {
        boolean isList = kind.equals("active-list");
        Common common = (isList ? ACTIVE_LIST : CONTEXT_TABLE).read(spec, problems);
        return common == null
                ? null
                : new TableDefinition(
                        name,
                        isList ? TableDefinition.Kind.ACTIVE_LIST : TableDefinition.Kind.CONTEXT_TABLE,
                        common.description(),
                        common.ttl().toMillis(),
                        common.maximumRecords(),
                        common.fields(),
                        common.scope());
    }

    /// Reads `entries` of a dictionary or `key` and `rows` of a table. What stands in files is left to those who read
    /// them for collectors as well.
    static @Nullable FixedTable readFixed(String kind, String name, ConfigNode spec, Problems problems) {
        Map<List<String>, Map<String, String>> rows = new HashMap<>();
        if (!(spec instanceof ConfigNode.Mapping mapping)) {
            problems.add(spec.position(), kind + ": a mapping is expected, found a " + spec.shape());
            return null;
        }
        if (kind.equals("dictionary") && mapping.get("entries") instanceof ConfigNode.Mapping entries) {
            for (ConfigNode.Entry entry : entries.entries()) {
                rows.put(List.of(entry.name()), Map.of("value", text(entry.value())));
            }
        } else if (kind.equals("table") && mapping.get("rows") instanceof ConfigNode.Sequence list) {
            List<String> key = texts(mapping.get("key"));
            for (ConfigNode item : list.items()) {
                if (item instanceof ConfigNode.Mapping row) {
                    Map<String, String> columns = new HashMap<>();
                    row.entries().forEach(entry -> columns.put(entry.name(), text(entry.value())));
                    List<String> parts = new ArrayList<>();
                    key.forEach(column -> parts.add(columns.getOrDefault(column, "")));
                    rows.put(List.copyOf(parts), Map.copyOf(columns));
                }
            }
        }
        List<String> key = kind.equals("table") ? texts(mapping.get("key")) : List.of("key");
        return FixedTable.of(name, kind, key, rows);
    }

    private static List<String> texts(@Nullable ConfigNode node) {
        return switch (node) {
            case null -> List.of();
            case ConfigNode.Sequence sequence ->
                sequence.items().stream().map(TableSpecs::text).toList();
            case ConfigNode.Scalar scalar -> List.of(scalar.text());
            case ConfigNode.Mapping _ -> List.of();
        };
    }

    private static String text(ConfigNode node) {
        return node instanceof ConfigNode.Scalar scalar ? scalar.text() : "";
    }
}
