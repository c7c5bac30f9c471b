package io.tocsin.correlator.function;

import io.tocsin.config.Suggestions;
import io.tocsin.event.DynamicKind;
import io.tocsin.expression.Condition;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads expressions.
///
/// ```
/// sum     = product { ("+" | "-") product }
/// product = part { ("*" | "/" | "%") part }
/// part    = "-" part | number | text | "$" name | function "(" [ sum { "," sum } ] ")" | field | "(" sum ")"
/// ```
/// Texts stand in single or double quotes; `\` takes the next character as it is, `\n` and `\t` mean what they do
/// everywhere.
///
/// Thread-safety: one thread.
public final class ExpressionParser {
    private static final int MAXIMUM_LENGTH = 8_192;

    private final String text;
    private final Map<String, Variable> variables;
    private int at;
    private int depth;
    private int parts;

    private ExpressionParser(String text, Map<String, Variable> variables) {
        this.text = text;
        this.variables = variables;
    }

    /// Reads an expression.
    ///
    /// @param variables those that it may use, by name
    /// @throws IllegalArgumentException saying what is wrong and where
    public static Expression parse(String text, Map<String, Variable> variables) {
        if (text.length() > MAXIMUM_LENGTH) {
            throw new IllegalArgumentException(
                    "expression is too long [characters=" + text.length() + ", maximum=" + MAXIMUM_LENGTH + "]");
        }
        ExpressionParser parser = new ExpressionParser(text, variables);
        Expression expression = parser.sum();
        parser.blanks();
        if (parser.at < text.length()) {
            throw parser.wrong("an operator or the end is expected");
        }
        return expression;
    }

    private IllegalArgumentException wrong(String message) {
        String rest = text.substring(Math.min(at, text.length()));
        String found =
                rest.isEmpty() ? "the end" : "[" + (rest.length() > 20 ? rest.substring(0, 20) + "…" : rest) + "]";
        return new IllegalArgumentException(message + ", found " + found + " [character=" + (at + 1) + "]");
    }

    private void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean take(char c) {
        blanks();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private Expression sum() {
        if (++depth > Expression.MAXIMUM_DEPTH) {
            throw wrong("nested too deeply: use variables for the parts");
        }
        Expression left = product();
        while (true) {
            if (take('+')) {
                left = call("add", List.of(left, product()));
            } else if (take('-')) {
                left = call("subtract", List.of(left, product()));
            } else {
                depth--;
                return left;
            }
        }
    }

    private Expression product() {
        Expression left = part();
        while (true) {
            if (take('*')) {
                left = call("multiply", List.of(left, part()));
            } else if (take('/')) {
                left = call("divide", List.of(left, part()));
            } else if (take('%')) {
                left = call("mod", List.of(left, part()));
            } else {
                return left;
            }
        }
    }

    private Expression part() {
        if (++parts > Expression.MAXIMUM_PARTS) {
            throw wrong("too many parts: use variables for some of them");
        }
        blanks();
        if (at == text.length()) {
            throw wrong("a value is expected");
        }
        char c = text.charAt(at);
        if (c == '-') {
            at++;
            if (++depth > Expression.MAXIMUM_DEPTH) {
                throw wrong("nested too deeply: use variables for the parts");
            }
            Expression negated = call("subtract", List.of(new Expression.Constant(Value.of("0")), part()));
            depth--;
            return negated;
        }
        if (c == '(') {
            at++;
            Expression inner = sum();
            if (!take(')')) {
                throw wrong("a ) is expected");
            }
            return inner;
        }
        if (c == '\'' || c == '"') {
            return new Expression.Constant(Value.of(quoted()));
        }
        if (c >= '0' && c <= '9') {
            return number();
        }
        if (c == '$') {
            at++;
            return variable(word());
        }
        if (Character.isLetter(c) || c == '_') {
            return named();
        }
        throw wrong("a field, a function, $variable, a number or a 'text' is expected");
    }

    private Expression number() {
        int start = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        String number = text.substring(start, at);
        if (Double.isNaN(Numbers.parse(number))) {
            at = start;
            throw wrong("not a number: put text in quotes");
        }
        return new Expression.Constant(Value.of(number));
    }

    private String quoted() {
        char quote = text.charAt(at++);
        StringBuilder value = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                return value.toString();
            }
            if (c == '\\' && at < text.length()) {
                char next = text.charAt(at);
                switch (next) {
                    case 'n' -> value.append('\n');
                    case 't' -> value.append('\t');
                    case '\\', '\'', '"' -> value.append(next);
                    // Regular expressions are full of them: \d stays \d.
                    default -> value.append('\\').append(next);
                }
                at++;
            } else {
                value.append(c);
            }
        }
        throw wrong("text is not closed: a " + quote + " is missing");
    }

    private String word() {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        return text.substring(start, at);
    }

    private Expression variable(String name) {
        Variable variable = variables.get(name);
        if (variable == null) {
            throw new IllegalArgumentException("unknown variable [variable=$" + name + "]"
                    + Suggestions.hint(name, variables.keySet())
                    + (name.isEmpty() ? "" : ": a variable is declared before it is used"));
        }
        return new Expression.FieldValue(
                variable.reference(), variable.expression().readsTables());
    }

    private Expression named() {
        int start = at;
        String word = word();
        if (take('(')) {
            List<Expression> arguments = new ArrayList<>();
            if (!take(')')) {
                do {
                    arguments.add(sum());
                } while (take(','));
                if (!take(')')) {
                    throw wrong("a comma or ) is expected");
                }
            }
            return call(word, arguments);
        }
        at = start + word.length();
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            DynamicKind kind = DynamicKind.ofPrefix(word);
            String key;
            if (at < text.length() && (text.charAt(at) == '\'' || text.charAt(at) == '"')) {
                key = quoted();
            } else {
                int keyStart = at;
                while (at < text.length()
                        && (Character.isLetterOrDigit(text.charAt(at)) || "_.@".indexOf(text.charAt(at)) >= 0)) {
                    at++;
                }
                key = text.substring(keyStart, at);
            }
            if (kind == null || key.isEmpty() || key.length() > FieldReference.MAXIMUM_KEY_LENGTH) {
                throw new IllegalArgumentException(
                        "unknown field [field=" + word + "." + key + "]" + FieldReference.hint(word + ".key"));
            }
            return new Expression.FieldValue(FieldReference.of(kind, key), false);
        }
        FieldReference field = FieldReference.byName(word);
        if (field == null || field instanceof FieldReference.AnyField) {
            throw new IllegalArgumentException("unknown field [field=" + word + "]" + FieldReference.hint(word));
        }
        return new Expression.FieldValue(field, false);
    }

    private Expression call(String name, List<Expression> arguments) {
        RuleFunction function = FunctionLibrary.byName(name);
        if (function == null) {
            throw new IllegalArgumentException(
                    "unknown function [function=" + name + "]" + Suggestions.hint(name, FunctionLibrary.names()));
        }
        if (arguments.size() < function.minimum() || arguments.size() > function.maximum()) {
            throw new IllegalArgumentException("wrong number of arguments [function=" + name + ", found="
                    + arguments.size() + "]: " + name + "(" + function.arguments() + ")");
        }
        if (function.name().equals(ConditionFunctions.CONDITIONAL)) {
            return conditional(function, arguments);
        }
        return new Expression.Call(
                function, arguments, function.implementation().bind(arguments), List.of());
    }

    /// The condition is a text in which fields and variables stand, so it is read here, where they are known.
    private Expression conditional(RuleFunction function, List<Expression> arguments) {
        if (!(arguments.getFirst() instanceof Expression.Constant constant)) {
            throw new IllegalArgumentException("the condition of conditional() is a text in quotes");
        }
        Condition condition = VariableNames.condition(constant.value().text(), variables);
        boolean reads = condition.fields().stream().anyMatch(this::readsTables);
        List<Expression> all = new ArrayList<>(arguments);
        // The text of the call says what its variables mean; a condition that reads tables makes the call read them.
        all.set(0, new Expression.Constant(Value.of(condition.text())));
        if (reads) {
            all.add(new Expression.FieldValue(firstReading(condition), true));
        }
        return new Expression.Call(function, all, ConditionFunctions.body(condition), condition.fields());
    }

    private FieldReference firstReading(Condition condition) {
        return condition.fields().stream().filter(this::readsTables).findFirst().orElseThrow();
    }

    private boolean readsTables(FieldReference field) {
        return variables.values().stream()
                .anyMatch(each ->
                        each.reference().equals(field) && each.expression().readsTables());
    }

    /// True for what can be the name of a variable.
    public static boolean isName(@Nullable String name) {
        return name != null
                && name.length() <= 64
                && !name.isEmpty()
                && (Character.isLetter(name.charAt(0)) || name.charAt(0) == '_')
                && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '_'));
    }
}
