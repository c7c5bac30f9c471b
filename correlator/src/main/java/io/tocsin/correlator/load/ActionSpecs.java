package io.tocsin.correlator.load;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.config.ValueType;
import io.tocsin.config.ValueTypes;
import io.tocsin.config.Values;
import io.tocsin.correlator.function.Expression;
import io.tocsin.correlator.function.ExpressionParser;
import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.ActionEnrichment;
import io.tocsin.correlator.rule.Categorization;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.TableOperation;
import io.tocsin.correlator.table.TableDefinition;
import io.tocsin.correlator.table.TableField;
import io.tocsin.event.FieldGroup;
import io.tocsin.event.FieldType;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the actions of an own rule, in which variables and tables may be named.
final class ActionSpecs {
    /// What happens when.
    record Actions(
            @Nullable RuleAction onEveryEvent,
            @Nullable RuleAction onFirst,
            @Nullable RuleAction onSubsequent,
            @Nullable RuleAction onEvery,
            @Nullable RuleAction onTimeout) {}

    private final RuleContext context;
    private final Map<String, Variable> variables;

    ActionSpecs(RuleContext context, Map<String, Variable> variables) {
        this.context = context;
        this.variables = variables;
    }

    /// An expression.
    private ValueType<Expression> expression() {
        return ValueType.of(
                "expression",
                ConfigNode.mapping().put("type", "string").build(),
                (name, node, problems) -> {
                    if (!(node instanceof ConfigNode.Scalar scalar)) {
                        problems.add(node.position(), "an expression is expected, found a " + node.shape());
                        return null;
                    }
                    try {
                        Expression expression = ExpressionParser.parse(scalar.text(), variables);
                        checkTables(expression, node, problems);
                        return expression;
                    } catch (IllegalArgumentException wrong) {
                        problems.add(
                                node.position(),
                                wrong.getMessage() + "; a text stands in single quotes within the value");
                        return null;
                    }
                },
                Expression::text);
    }

    private void checkTables(Expression expression, ConfigNode node, Problems problems) {
        for (String table : expression.tables()) {
            if (!context.tableNames().contains(table)) {
                problems.add(node.position(), unknownTable(table));
            }
        }
    }

    private String unknownTable(String table) {
        return "no active list or context table of this name [name=" + table + "]"
                + Suggestions.hint(table, context.tableNames());
    }

    /// A field of a correlation event that an action may write.
    private static final ValueType<FieldReference> TARGET = ValueType.of(
            "field",
            ConfigNode.mapping().put("type", "string").build(),
            (name, node, problems) -> {
                if (!(node instanceof ConfigNode.Scalar scalar)) {
                    problems.add(node.position(), "a field is expected, found a " + node.shape());
                    return null;
                }
                FieldReference field = FieldReference.byName(scalar.text());
                boolean writable = switch (field) {
                    case null -> false;
                    case FieldReference.AnyField _ -> false;
                    case FieldReference.Dynamic _ -> true;
                    case FieldReference.Fixed fixed ->
                        fixed.field().group() != FieldGroup.SERVICE
                                && fixed.field().type() != FieldType.STRING_ARRAY;
                };
                if (!writable) {
                    problems.add(
                            node.position(),
                            "no field that a rule may write [field=" + scalar.text() + "]"
                                    + (field == null ? FieldReference.hint(scalar.text()) : ""));
                    return null;
                }
                return field;
            },
            FieldReference::name);

    private ConfigSpec<ActionEnrichment> enrichment() {
        return ConfigSpec.of("enrichment", "Puts a value into a field of the correlation event.", keys -> {
            var field =
                    keys.key("field", "Field of the correlation event.", TARGET).required();
            var constant = keys.text("constant", "The value as it is.").optional();
            var value = keys.key("value", "The value as an expression.", expression())
                    .optional();
            return values -> {
                String text = values.get(constant);
                Expression computed = values.get(value);
                if ((text == null) == (computed == null)) {
                    values.refuse("value", "either constant or value is expected");
                }
                return new ActionEnrichment(
                        values.get(field),
                        computed != null
                                ? computed
                                : new Expression.Constant(
                                        io.tocsin.correlator.function.Value.of(text == null ? "" : text)));
            };
        });
    }

    private ConfigSpec<TableOperation> activeList() {
        return ConfigSpec.of("activeLists", "Changes or reads a record of an active list.", keys -> {
            var list = keys.text("list", "Name of the active list.").required();
            var operation = keys.choice(
                            "operation",
                            "`set` writes fields, `sum` adds numbers to fields, `merge` adds values to lists, `delete`"
                                    + " removes the record, `get` copies its fields into the correlation event.",
                            TableOperation.Kind.class)
                    .required();
            var key = keys.list("key", "Fields, $variables or expressions that make the key.", expression())
                    .required();
            var values = keys.mapping("values", "Field of the record and expression.", expression())
                    .defaultTo(Map.of());
            var into = keys.mapping("into", "For `get`: field of the record, and where it goes.", TARGET)
                    .defaultTo(Map.of());
            return read -> operation(
                    read,
                    "list",
                    read.get(list),
                    TableDefinition.Kind.ACTIVE_LIST,
                    read.get(operation),
                    read.get(key),
                    read.get(values),
                    read.get(into));
        });
    }

    private ConfigSpec<TableOperation> contextTable() {
        return ConfigSpec.of("contextTables", "Changes or reads a record of a context table.", keys -> {
            var table = keys.text("table", "Name of the context table.").required();
            var operation = keys.choice("operation", "As for active lists.", TableOperation.Kind.class)
                    .required();
            var key = keys.mapping("key", "Key field of the table, and expression.", expression())
                    .required();
            var values = keys.mapping("values", "Field of the record and expression.", expression())
                    .defaultTo(Map.of());
            var into = keys.mapping("into", "For `get`: field of the record, and where it goes.", TARGET)
                    .defaultTo(Map.of());
            return read -> {
                TableDefinition definition = context.table(read.get(table));
                List<Expression> ordered = new ArrayList<>();
                if (definition != null) {
                    Map<String, Expression> given = new LinkedHashMap<>(read.get(key));
                    for (TableField field : definition.keyFields()) {
                        Expression part = given.remove(field.name());
                        if (part == null) {
                            read.refuse("key", "a key field of the table is missing [field=" + field.name() + "]");
                        } else {
                            ordered.add(part);
                        }
                    }
                    given.keySet()
                            .forEach(name -> read.refuse("key", "no key field of the table [field=" + name + "]"));
                    Set<String> used = read.get(operation) == TableOperation.Kind.GET
                            ? read.get(into).keySet()
                            : read.get(values).keySet();
                    for (String name : used) {
                        TableField field = definition.field(name);
                        if (field == null || (field.isKey() && read.get(operation) != TableOperation.Kind.GET)) {
                            read.refuse("values", "no field of the table that can be written [field=" + name + "]");
                        }
                    }
                }
                return operation(
                        read,
                        "table",
                        read.get(table),
                        TableDefinition.Kind.CONTEXT_TABLE,
                        read.get(operation),
                        ordered,
                        read.get(values),
                        read.get(into));
            };
        });
    }

    private TableOperation operation(
            Values read,
            String nameKey,
            String name,
            TableDefinition.Kind kind,
            TableOperation.Kind operation,
            List<Expression> key,
            Map<String, Expression> values,
            Map<String, FieldReference> into) {
        TableDefinition definition = context.table(name);
        if (definition == null || definition.kind() != kind) {
            read.refuse(nameKey, unknownTable(name));
        }
        boolean isGet = operation == TableOperation.Kind.GET;
        if (isGet != !into.isEmpty()) {
            read.refuse("into", isGet ? "get needs into: where the fields go" : "into belongs to the operation get");
        }
        boolean writes = operation == TableOperation.Kind.SUM || operation == TableOperation.Kind.MERGE;
        if (writes && values.isEmpty()) {
            read.refuse("values", "nothing is written: name the fields");
        }
        if ((isGet || operation == TableOperation.Kind.DELETE) && !values.isEmpty()) {
            read.refuse("values", "this operation writes nothing");
        }
        return new TableOperation(name, operation, key, values, into);
    }

    private static final ConfigSpec<Categorization> CATEGORIZATION =
            ConfigSpec.of("categorization", "Puts an asset into a category, or takes it out.", keys -> {
                var asset = keys.key("asset", "Field that names the asset, such as SourceAssetID.", TARGET)
                        .required();
                var add = keys.text("add", "Category that it is put into.").optional();
                var remove =
                        keys.text("remove", "Category that it is taken out of.").optional();
                return values -> {
                    String added = values.get(add);
                    String removed = values.get(remove);
                    if ((added == null) == (removed == null)) {
                        values.refuse("add", "either add or remove is expected");
                    }
                    return new Categorization(
                            values.get(asset), added != null ? added : String.valueOf(removed), added != null);
                };
            });

    private ConfigSpec<RuleAction> action(boolean told) {
        return ConfigSpec.of("action", "What happens.", keys -> {
            var output = keys.flag("output", "Writes a correlation event.").defaultTo(told);
            var alert = keys.flag("alert", "Makes an alert, or adds to one.").defaultTo(told);
            var loop = keys.flag("loop", "Shows the correlation event to rules that ask for correlation events.")
                    .defaultTo(false);
            var enrichment = keys.list(
                            "enrichment", "What is added to the correlation event.", ValueTypes.nested(enrichment()))
                    .defaultTo(List.of());
            var lists = keys.list("activeLists", "What is done with active lists.", ValueTypes.nested(activeList()))
                    .defaultTo(List.of());
            var tables = keys.list(
                            "contextTables", "What is done with context tables.", ValueTypes.nested(contextTable()))
                    .defaultTo(List.of());
            var categories = keys.list(
                            "categorization", "Assets put into categories.", ValueTypes.nested(CATEGORIZATION))
                    .defaultTo(List.of());
            return values -> {
                boolean written = values.get(output);
                if (values.get(alert) && !written) {
                    values.refuse("alert", "an alert needs a correlation event: say output: true, or alert: false");
                }
                if (values.get(loop) && !written) {
                    values.refuse("loop", "a loop needs a correlation event: say output: true");
                }
                List<TableOperation> operations = new ArrayList<>(values.get(lists));
                operations.addAll(values.get(tables));
                return new RuleAction(
                        written,
                        values.get(alert),
                        values.get(loop),
                        values.get(enrichment),
                        operations,
                        values.get(categories));
            };
        });
    }

    /// @param told true when a rule of this type writes correlation events unless it says otherwise
    ConfigSpec<Actions> actions(boolean told) {
        ConfigSpec<RuleAction> action = action(told);
        return ConfigSpec.of("actions", "What happens when the rule triggers.", keys -> {
            var event = keys.nested("onEveryEvent", "Simple and operational rules: for each event.", action)
                    .optional();
            var first = keys.nested("onFirstThreshold", "Standard rules: the first full match in a window.", action)
                    .optional();
            var subsequent = keys.nested(
                            "onSubsequentThresholds", "Standard rules: each later full match in a window.", action)
                    .optional();
            var every = keys.nested("onEveryThreshold", "Standard rules: every full match.", action)
                    .optional();
            var timeout = keys.nested(
                            "onTimeout",
                            "Standard rules: the window ends and no recovery came after a full match. Absence rules:"
                                    + " what was awaited did not come.",
                            action)
                    .optional();
            return values -> new Actions(
                    values.get(event),
                    values.get(first),
                    values.get(subsequent),
                    values.get(every),
                    values.get(timeout));
        });
    }

    /// The tables of the keys, for the manual.
    static String manual() {
        ActionSpecs specs = new ActionSpecs(new RuleContext(), Map.of());
        return "\n### Actions\n\n" + specs.actions(true).markdown()
                + "\n### Action\n\n" + specs.action(true).markdown()
                + "\n### Enrichment\n\n" + specs.enrichment().markdown()
                + "\n### Active list actions\n\n" + specs.activeList().markdown()
                + "\n### Context table actions\n\n" + specs.contextTable().markdown()
                + "\n### Categorization\n\n" + CATEGORIZATION.markdown();
    }
}
