package io.tocsin.correlator.function;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lets `$name` stand in conditions where a field may stand. The language of conditions knows no variables: they are
/// read as fields that no event has, and replaced by the variables they mean.
public final class VariableNames {
    private VariableNames() {}

    /// Reads a condition from configuration.
    ///
    /// @return null after all problems were added
    public static @Nullable Condition read(ConfigNode node, Map<String, Variable> variables, Problems problems) {
        Condition condition = Condition.read(rewritten(node), problems);
        return condition == null ? null : resolved(condition, variables, node.position(), problems);
    }

    /// Reads a condition from its text.
    ///
    /// @throws IllegalArgumentException saying what is wrong
    static Condition condition(String text, Map<String, Variable> variables) {
        Problems problems = new Problems();
        Condition condition = Condition.parse("condition", rewritten(text), problems);
        Condition resolved =
                condition == null ? null : resolved(condition, variables, new Position("condition", 1, 1), problems);
        if (resolved == null || !problems.isEmpty()) {
            throw new IllegalArgumentException("not a condition [condition=" + text + "]: "
                    + problems.list().stream().map(Problem::message).findFirst().orElse(""));
        }
        return resolved;
    }

    private static ConfigNode rewritten(ConfigNode node) {
        return switch (node) {
            case ConfigNode.Scalar scalar ->
                new ConfigNode.Scalar(scalar.position(), rewritten(scalar.text()), scalar.quoted());
            case ConfigNode.Sequence sequence ->
                new ConfigNode.Sequence(
                        sequence.position(),
                        sequence.items().stream().map(VariableNames::rewritten).toList());
            case ConfigNode.Mapping mapping -> {
                List<ConfigNode.Entry> entries = new ArrayList<>();
                for (ConfigNode.Entry entry : mapping.entries()) {
                    entries.add(new ConfigNode.Entry(entry.position(), entry.name(), value(entry)));
                }
                yield new ConfigNode.Mapping(mapping.position(), entries);
            }
        };
    }

    private static ConfigNode value(ConfigNode.Entry entry) {
        return switch (entry.name()) {
            case "and", "or", "not" -> rewritten(entry.value());
            case "field", "otherField" ->
                entry.value() instanceof ConfigNode.Scalar scalar
                                && scalar.text().startsWith("$")
                        ? new ConfigNode.Scalar(scalar.position(), "Extra." + scalar.text(), true)
                        : entry.value();
            default -> entry.value();
        };
    }

    /// Writes `$name` as a field outside of quotes and comments.
    private static String rewritten(String text) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            int end = at + 1;
            if (c == '\'' || c == '"' || c == '`') {
                while (end < text.length() && text.charAt(end) != c) {
                    end += text.charAt(end) == '\\' && c != '`' ? 2 : 1;
                }
                end = Math.min(text.length(), end + 1);
                out.append(text, at, end);
            } else if (c == '#') {
                while (end < text.length() && text.charAt(end) != '\n') {
                    end++;
                }
                out.append(text, at, end);
            } else if (c == '$') {
                while (end < text.length()
                        && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
                    end++;
                }
                out.append("Extra.'").append(text, at, end).append('\'');
            } else {
                out.append(c);
            }
            at = end;
        }
        return out.toString();
    }

    private static @Nullable Condition resolved(
            Condition condition, Map<String, Variable> variables, Position position, Problems problems) {
        return switch (condition) {
            case Condition.And and -> {
                List<Condition> parts = parts(and.parts(), variables, position, problems);
                yield parts == null ? null : new Condition.And(parts);
            }
            case Condition.Or or -> {
                List<Condition> parts = parts(or.parts(), variables, position, problems);
                yield parts == null ? null : new Condition.Or(parts);
            }
            case Condition.Not not -> {
                Condition part = resolved(not.part(), variables, position, problems);
                yield part == null ? null : new Condition.Not(part);
            }
            case Condition.Test test -> {
                FieldReference field = resolved(test.field(), variables, position, problems);
                yield field == null
                        ? null
                        : new Condition.Test(field, test.operator(), test.values(), test.ignoreCase());
            }
            case Condition.Relation relation -> {
                FieldReference left = resolved(relation.left(), variables, position, problems);
                FieldReference right = resolved(relation.right(), variables, position, problems);
                yield left == null || right == null
                        ? null
                        : new Condition.Relation(left, relation.operator(), right, relation.ignoreCase());
            }
        };
    }

    private static @Nullable List<Condition> parts(
            List<Condition> parts, Map<String, Variable> variables, Position position, Problems problems) {
        List<Condition> resolved = new ArrayList<>();
        for (Condition part : parts) {
            Condition each = resolved(part, variables, position, problems);
            if (each != null) {
                resolved.add(each);
            }
        }
        return resolved.size() == parts.size() ? resolved : null;
    }

    /// The reference that is meant: itself for a field.
    private static @Nullable FieldReference resolved(
            FieldReference field, Map<String, Variable> variables, Position position, Problems problems) {
        if (!Variable.is(field)) {
            return field;
        }
        String name = Variable.nameOf(field);
        Variable variable = variables.get(name);
        if (variable == null) {
            problems.add(
                    position,
                    "unknown variable [variable=$" + name + "]" + Suggestions.hint(name, variables.keySet())
                            + ": declare it under variables");
            return null;
        }
        return variable.reference();
    }
}
