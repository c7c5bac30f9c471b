package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueTypes;
import io.tocsin.correlator.function.ExpressionParser;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.table.FixedTable;
import io.tocsin.correlator.table.TableDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What own rules may use besides events: global variables, active lists, context tables, dictionaries and tables. They
/// are resources of their own and read before the rules.
///
/// Thread-safety: one thread.
public final class RuleContext {
    /// `kind` of a resource with variables for all rules.
    public static final String VARIABLES_KIND = "rule-variables";

    private static final Set<String> TOP_KEYS = Set.of("kind", "name", "spec");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,127}");

    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private final List<TableDefinition> tables = new ArrayList<>();
    private final List<FixedTable> fixedTables = new ArrayList<>();
    private final Set<String> tableNames = new HashSet<>();

    private static final ConfigSpec<Map<String, String>> VARIABLES =
            ConfigSpec.of(VARIABLES_KIND, "Values for all rules, computed from an event.", keys -> {
                var variables = keys.mapping("variables", "Name and expression.", ValueTypes.TEXT)
                        .required();
                return values -> values.get(variables);
            });

    private final FixedTableReader reader;

    public RuleContext() {
        this(FixedTableReader.WRITTEN);
    }

    /// @param reader reads dictionaries and tables
    public RuleContext(FixedTableReader reader) {
        this.reader = reader;
    }

    /// True when the document is one that this reads.
    public static boolean isPart(ConfigNode document) {
        return document instanceof ConfigNode.Mapping mapping && kinds().contains(String.valueOf(mapping.text("kind")));
    }

    /// The kinds of resources that this reads.
    public static Set<String> kinds() {
        return Set.of(VARIABLES_KIND, "active-list", "context-table", "dictionary", "table");
    }

    /// Takes a resource. Global variables of one resource may use those of resources taken before it.
    public void add(ConfigNode document, Problems problems) {
        if (!(document instanceof ConfigNode.Mapping mapping)) {
            problems.add(document.position(), "a resource is expected, found a " + document.shape());
            return;
        }
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!TOP_KEYS.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        "unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), TOP_KEYS));
            }
        }
        String name = mapping.text("name");
        ConfigNode spec = mapping.get("spec");
        String kind = String.valueOf(mapping.text("kind"));
        boolean isFixed = kind.equals("dictionary") || kind.equals("table");
        if (name == null || (!isFixed && !NAME.matcher(name).matches()) || spec == null) {
            problems.add(
                    mapping.position(),
                    spec == null
                            ? "key is missing [key=spec]"
                            : "a name has small letters, digits, '.', '_' and '-', at most 128 [name=" + name + "]");
            return;
        }
        if (kind.equals(VARIABLES_KIND)) {
            Map<String, String> texts = VARIABLES.read(spec, problems);
            if (texts != null) {
                variables.putAll(variables(texts, mapping(spec, "variables"), variables, problems));
            }
            return;
        }
        if (!tableNames.add(name)) {
            if (isFixed) {
                return;
            }
            problems.add(
                    mapping.position(),
                    "an active list, context table, dictionary or table of this name is there already [name=" + name
                            + "]");
            return;
        }
        switch (kind) {
            case "active-list", "context-table" -> {
                TableDefinition definition = TableSpecs.read(kind, name, spec, problems);
                if (definition != null) {
                    tables.add(definition);
                }
            }
            default -> {
                FixedTable table = reader.read(kind, name, spec, problems);
                if (table != null) {
                    fixedTables.add(table);
                }
            }
        }
    }

    private static ConfigNode.Mapping mapping(ConfigNode spec, String key) {
        return spec instanceof ConfigNode.Mapping mapping && mapping.get(key) instanceof ConfigNode.Mapping inner
                ? inner
                : new ConfigNode.Mapping(spec.position(), List.of());
    }

    /// Reads variables, each of which may use those before it.
    ///
    /// @param at where they are written
    /// @param known variables that may be used besides
    /// @return those that were declared here
    static Map<String, Variable> variables(
            Map<String, String> texts, ConfigNode.Mapping at, Map<String, Variable> known, Problems problems) {
        Map<String, Variable> scope = new LinkedHashMap<>(known);
        Map<String, Variable> declared = new LinkedHashMap<>();
        texts.forEach((name, text) -> {
            ConfigNode node = at.get(name);
            var position = node == null ? at.position() : node.position();
            if (!ExpressionParser.isName(name)) {
                problems.add(
                        position,
                        "name of a variable: letters, digits and '_', at most 64, no digit first [variable=" + name
                                + "]");
                return;
            }
            try {
                Variable variable = Variable.of(name, ExpressionParser.parse(text, scope));
                scope.put(name, variable);
                declared.put(name, variable);
            } catch (IllegalArgumentException wrong) {
                problems.add(position, "variable " + name + ": " + wrong.getMessage());
            }
        });
        return declared;
    }

    /// Global variables by name.
    Map<String, Variable> variables() {
        return variables;
    }

    public List<TableDefinition> tables() {
        return List.copyOf(tables);
    }

    public List<FixedTable> fixedTables() {
        return List.copyOf(fixedTables);
    }

    /// The active list or context table of this name, or null.
    @Nullable
    TableDefinition table(String name) {
        return tables.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /// Names of all tables, of whatever kind.
    Set<String> tableNames() {
        return tableNames;
    }
}
