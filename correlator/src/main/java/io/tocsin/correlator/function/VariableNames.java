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

/// Lets `$name` and calls of functions ([ConditionCalls]) stand in conditions where a field may stand. The language
/// of conditions knows no variables: they are read as fields that no event has, and replaced by the variables they
/// mean.
public final class VariableNames {
    private VariableNames() {}

    /// Reads a condition from configuration.
    ///
    /// @param variables those that it may name; variables for the calls that stand in it are added
    /// @return null after all problems were added
    public static @Nullable Condition read(ConfigNode node, Map<String, Variable> variables, Problems problems) {
        ConfigNode written;
        try {
            written = rewritten(node, new ConditionCalls(variables));
        } catch (IllegalArgumentException wrong) {
            problems.add(node.position(), String.valueOf(wrong.getMessage()));
            return null;
        }
        Condition condition = Condition.read(written, problems);
        return condition == null ? null : resolved(condition, variables, node.position(), problems);
    }

    /// Reads a condition from its text.
    ///
    /// @throws IllegalArgumentException saying what is wrong
    static Condition condition(String text, Map<String, Variable> variables) {
        Problems problems = new Problems();
        Condition condition = Condition.parse("condition", rewritten(text, null), problems);
        Condition resolved =
                condition == null ? null : resolved(condition, variables, new Position("condition", 1, 1), problems);
        if (resolved == null || !problems.isEmpty()) {
            throw new IllegalArgumentException("not a condition [condition=" + text + "]: "
                    + problems.list().stream().map(Problem::message).findFirst().orElse(""));
        }
        return resolved;
    }

    private static ConfigNode rewritten(ConfigNode node, ConditionCalls calls) {
        return switch (node) {
            case ConfigNode.Scalar scalar ->
                new ConfigNode.Scalar(scalar.position(), rewritten(scalar.text(), calls), scalar.quoted());
            case ConfigNode.Sequence sequence ->
                new ConfigNode.Sequence(
                        sequence.position(),
                        sequence.items().stream()
                                .map(item -> rewritten(item, calls))
                                .toList());
            case ConfigNode.Mapping mapping -> {
                List<ConfigNode.Entry> entries = new ArrayList<>();
                for (ConfigNode.Entry entry : mapping.entries()) {
                    entries.add(new ConfigNode.Entry(entry.position(), entry.name(), value(entry, calls)));
                }
                yield new ConfigNode.Mapping(mapping.position(), entries);
            }
        };
    }

    private static ConfigNode value(ConfigNode.Entry entry, ConditionCalls calls) {
        return switch (entry.name()) {
            case "and", "or", "not" -> rewritten(entry.value(), calls);
            case "field", "otherField" ->
                entry.value() instanceof ConfigNode.Scalar scalar
                        ? new ConfigNode.Scalar(scalar.position(), operand(scalar.text(), calls), scalar.quoted())
                        : entry.value();
            default -> entry.value();
        };
    }

    /// A field of a tree: itself, a variable, or a call.
    private static String operand(String text, ConditionCalls calls) {
        if (text.startsWith("$")) {
            return "Extra." + text;
        }
        int open = text.indexOf('(');
        String function = open < 0
                ? null
                : ConditionCalls.function(text.substring(0, open).strip());
        return function == null ? text : "Extra.$" + Variable.nameOf(calls.add(function + text.substring(open)));
    }

    /// Writes `$name`, and calls, as fields outside of quotes and comments.
    ///
    /// @param calls takes the calls; null where none may stand
    private static String rewritten(String text, @Nullable ConditionCalls calls) {
        if (text.indexOf('$') < 0 && (calls == null || text.indexOf('(') < 0)) {
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
            } else if (Character.isLetter(c)) {
                while (end < text.length() && isPartOfName(text.charAt(end))) {
                    end++;
                }
                end = word(text, at, end, calls, out);
            } else {
                out.append(c);
            }
            at = end;
        }
        return out.toString();
    }

    private static boolean isPartOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '.';
    }

    /// Writes a word, or the call that it begins; returns where reading goes on.
    private static int word(String text, int start, int end, @Nullable ConditionCalls calls, StringBuilder out) {
        int open = end;
        while (open < text.length() && Character.isWhitespace(text.charAt(open))) {
            open++;
        }
        boolean isOpen = calls != null && open < text.length() && text.charAt(open) == '(';
        String function = isOpen ? ConditionCalls.function(text.substring(start, end)) : null;
        if (function == null || calls == null) {
            out.append(text, start, end);
            return end;
        }
        int close = ConditionCalls.end(text, open);
        if (close < 0) {
            throw new IllegalArgumentException("a ) is missing behind " + text.substring(start, end) + "(");
        }
        out.append("Extra.'$")
                .append(Variable.nameOf(calls.add(function + text.substring(open, close))))
                .append('\'');
        if (ConditionCalls.isQuestion(text, close)) {
            out.append(" = 'true'");
        }
        return close;
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
