package io.tocsin.expression;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.event.DynamicKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads and writes the YAML form: `{and: […]}`, `{or: […]}`, `{not: …}`, `{field: X, op: contains, value: y}` with
/// `ignoreCase: true` or `otherField: Y` where they apply. A text in place of a mapping is a condition as text.
///
/// Thread-safety: one thread.
final class ConditionTree {
    private static final List<String> TEST_KEYS = List.of("field", "op", "value", "otherField", "ignoreCase");
    private static final List<String> ALL_KEYS =
            List.of("and", "or", "not", "field", "op", "value", "otherField", "ignoreCase");

    private final Problems problems;
    private int depth;

    ConditionTree(Problems problems) {
        this.problems = problems;
    }

    @Nullable
    Condition read(ConfigNode node) {
        if (++depth > Condition.MAXIMUM_DEPTH) {
            problems.add(node.position(), "nested too deeply [maximumDepth=" + Condition.MAXIMUM_DEPTH + "]");
            depth--;
            return null;
        }
        try {
            return switch (node) {
                case ConfigNode.Scalar scalar -> text(scalar);
                case ConfigNode.Sequence sequence -> {
                    problems.add(
                            sequence.position(), "a condition is expected, found a list: say {and: […]} or {or: […]}");
                    yield null;
                }
                case ConfigNode.Mapping mapping -> mapping(mapping);
            };
        } finally {
            depth--;
        }
    }

    private @Nullable Condition text(ConfigNode.Scalar scalar) {
        Problems inner = new Problems();
        Condition condition = Condition.parse("", scalar.text(), inner);
        for (Problem problem : inner.list()) {
            // The place inside the YAML text depends on quotes and folding, so the excerpt shows it instead.
            String excerpt = InvalidConditionException.excerpt(scalar.text(), problem.line(), problem.column());
            problems.add(scalar.position(), problem.message() + (excerpt.isEmpty() ? "" : "\n" + excerpt));
        }
        return condition;
    }

    private @Nullable Condition mapping(ConfigNode.Mapping mapping) {
        List<String> names = mapping.names();
        if (names.size() == 1) {
            ConfigNode value = mapping.entries().getFirst().value();
            switch (names.getFirst()) {
                case "and" -> {
                    List<Condition> parts = parts(value);
                    return parts == null ? null : Condition.and(parts);
                }
                case "or" -> {
                    List<Condition> parts = parts(value);
                    return parts == null ? null : Condition.or(parts);
                }
                case "not" -> {
                    Condition part = read(value);
                    return part == null ? null : Condition.not(part);
                }
                default -> {}
            }
        }
        int before = problems.count();
        for (ConfigNode.Entry entry : mapping.entries()) {
            if (!TEST_KEYS.contains(entry.name())) {
                problems.add(
                        entry.position(),
                        ALL_KEYS.contains(entry.name())
                                ? "must stand alone in its mapping [key=" + entry.name() + "]"
                                : "unknown key [key=" + entry.name() + "]" + Suggestions.hint(entry.name(), ALL_KEYS));
            }
        }
        Condition test = test(mapping);
        return problems.count() > before ? null : test;
    }

    private @Nullable List<Condition> parts(ConfigNode node) {
        if (!(node instanceof ConfigNode.Sequence sequence)) {
            problems.add(node.position(), "a list of conditions is expected, found a " + node.shape());
            return null;
        }
        List<Condition> parts = new ArrayList<>();
        boolean complete = true;
        for (ConfigNode item : sequence.items()) {
            Condition part = read(item);
            complete &= part != null && parts.add(part);
        }
        return complete ? parts : null;
    }

    private @Nullable Condition test(ConfigNode.Mapping mapping) {
        FieldReference field = field(mapping, "field");
        String symbol = mapping.text("op");
        Operator operator = symbol == null ? null : Operator.bySymbol(symbol);
        if (operator == null) {
            ConfigNode node = mapping.get("op");
            problems.add(
                    node == null ? mapping.position() : node.position(),
                    symbol == null
                            ? "key is missing [key=op]"
                            : "unknown operator [op=" + symbol + "]" + Suggestions.hint(symbol, Operator.symbols()));
        }
        boolean ignoreCase = ignoreCase(mapping, operator);
        if (field == null || operator == null) {
            return null;
        }
        report(mapping.position(), ConditionChecks.field(field, operator));
        ConfigNode value = mapping.get("value");
        if (mapping.get("otherField") != null) {
            return relation(mapping, field, operator, ignoreCase);
        }
        if (operator == Operator.EXISTS) {
            if (value != null) {
                problems.add(value.position(), "exists takes no value");
            }
            return Condition.exists(field);
        }
        if (value == null) {
            problems.add(mapping.position(), "key is missing [key=value]");
            return null;
        }
        List<String> values = values(field, operator, value);
        return values.isEmpty() ? null : new Condition.Test(field, operator, values, ignoreCase);
    }

    private @Nullable Condition relation(
            ConfigNode.Mapping mapping, FieldReference left, Operator operator, boolean ignoreCase) {
        FieldReference right = field(mapping, "otherField");
        if (mapping.get("value") != null) {
            problems.add(mapping.position(), "either value or otherField is expected, not both");
        }
        if (!operator.takesField()) {
            problems.add(mapping.position(), "a value is expected after " + operator.symbol() + ", not a field");
        }
        if (right == null || !operator.takesField()) {
            return null;
        }
        report(mapping.position(), ConditionChecks.relation(left, right));
        return new Condition.Relation(left, operator, right, ignoreCase);
    }

    private List<String> values(FieldReference field, Operator operator, ConfigNode node) {
        List<ConfigNode> items = node instanceof ConfigNode.Sequence sequence ? sequence.items() : List.of(node);
        if (items.isEmpty() || items.size() > (operator.takesList() ? Condition.MAXIMUM_VALUES : 1)) {
            problems.add(
                    node.position(),
                    "wrong number of values [op=" + operator.symbol() + ", values=" + items.size() + "]");
            return List.of();
        }
        int before = problems.count();
        List<String> values = new ArrayList<>();
        for (ConfigNode item : items) {
            if (item instanceof ConfigNode.Scalar scalar) {
                report(scalar.position(), ConditionChecks.value(field, operator, scalar.text()));
                values.add(scalar.text());
            } else {
                problems.add(item.position(), "one value is expected, found a " + item.shape());
            }
        }
        return problems.count() > before ? List.of() : values;
    }

    private @Nullable FieldReference field(ConfigNode.Mapping mapping, String key) {
        ConfigNode node = mapping.get(key);
        if (!(node instanceof ConfigNode.Scalar scalar)) {
            problems.add(mapping.position(), "key is missing [key=" + key + "]");
            return null;
        }
        FieldReference field = fieldNamed(scalar.text());
        if (field == null) {
            problems.add(
                    scalar.position(),
                    "unknown field [name=" + scalar.text() + "]" + FieldReference.hint(scalar.text()));
        }
        return field;
    }

    /// In the tree a key needs no quotes: everything behind the first dot is the key.
    private static @Nullable FieldReference fieldNamed(String name) {
        return FieldReference.byName(name);
    }

    private boolean ignoreCase(ConfigNode.Mapping mapping, @Nullable Operator operator) {
        ConfigNode node = mapping.get("ignoreCase");
        if (node == null) {
            return false;
        }
        if (!(node instanceof ConfigNode.Scalar scalar)
                || !(scalar.text().equals("true") || scalar.text().equals("false"))) {
            problems.add(node.position(), "neither true nor false [key=ignoreCase]");
            return false;
        }
        boolean ignoreCase = scalar.text().equals("true");
        if (ignoreCase && operator != null && !operator.takesIgnoreCase()) {
            problems.add(node.position(), "ignoreCase has no meaning after " + operator.symbol() + ": leave it out");
            return false;
        }
        return ignoreCase;
    }

    private void report(Position position, Optional<String> message) {
        message.ifPresent(text -> problems.add(position, text));
    }

    static ConfigNode write(Condition condition) {
        return switch (condition) {
            case Condition.And and ->
                ConfigNode.mapping().put("and", parts(and.parts())).build();
            case Condition.Or or ->
                ConfigNode.mapping().put("or", parts(or.parts())).build();
            case Condition.Not not ->
                ConfigNode.mapping().put("not", write(not.part())).build();
            case Condition.Test test -> write(test);
            case Condition.Relation relation -> {
                ConfigNode.MappingBuilder mapping = start(relation.left(), relation.operator());
                mapping.put("otherField", treeName(relation.right()));
                yield finish(mapping, relation.ignoreCase());
            }
        };
    }

    private static ConfigNode.Sequence parts(List<Condition> parts) {
        return ConfigNode.sequence(parts.stream().map(ConditionTree::write).toList());
    }

    private static ConfigNode write(Condition.Test test) {
        ConfigNode.MappingBuilder mapping = start(test.field(), test.operator());
        List<ConfigNode.Scalar> values =
                test.values().stream().map(ConditionTree::scalar).toList();
        if (values.size() == 1) {
            mapping.put("value", values.getFirst());
        } else if (!values.isEmpty()) {
            mapping.put("value", ConfigNode.sequence(values));
        }
        return finish(mapping, test.ignoreCase());
    }

    private static ConfigNode.MappingBuilder start(FieldReference field, Operator operator) {
        return ConfigNode.mapping().put("field", treeName(field)).put("op", operator.symbol());
    }

    private static ConfigNode finish(ConfigNode.MappingBuilder mapping, boolean ignoreCase) {
        if (ignoreCase) {
            mapping.put("ignoreCase", true);
        }
        return mapping.build();
    }

    private static ConfigNode.Scalar scalar(String value) {
        return ConditionLexer.isNumber(value) ? ConfigNode.plain(value) : ConfigNode.text(value);
    }

    private static String treeName(FieldReference field) {
        return switch (field) {
            case FieldReference.Dynamic(DynamicKind kind, String key) -> kind.prefix() + "." + key;
            case FieldReference.Fixed fixed -> fixed.name();
            case FieldReference.AnyField any -> any.name();
        };
    }
}
