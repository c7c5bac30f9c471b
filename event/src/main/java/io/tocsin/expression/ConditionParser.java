package io.tocsin.expression;

import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.Suggestions;
import io.tocsin.event.DynamicKind;
import io.tocsin.expression.ConditionLexer.Kind;
import io.tocsin.expression.ConditionLexer.Token;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the text form of conditions.
///
/// ```
/// condition  = conjunction { OR conjunction }
/// conjunction = negation { AND negation }
/// negation   = NOT negation | "(" condition ")" | "always" | "never" | test
/// test       = field [NOT] operator [ignoreCase] right | field "exists" | field "is" [NOT] "empty"
/// right      = value | "[" value { "," value } "]" | field
/// ```
/// After an error in a test, reading goes on behind it, so that one run shows all problems.
///
/// Thread-safety: one thread.
final class ConditionParser {
    private static final String IGNORE_CASE = "ignoreCase";

    private final String source;
    private final String text;
    private final Problems problems;
    private List<Token> tokens = List.of();
    private int at;
    private int depth;

    ConditionParser(String source, String text, Problems problems) {
        this.source = source;
        this.text = text;
        this.problems = problems;
    }

    @Nullable
    Condition parse() {
        if (text.length() > Condition.MAXIMUM_TEXT_LENGTH) {
            problems.add(
                    new Position(source, 1, 1),
                    "condition is too long [characters=" + text.length() + ", maximum=" + Condition.MAXIMUM_TEXT_LENGTH
                            + "]");
            return null;
        }
        int before = problems.count();
        tokens = new ConditionLexer(source, text, problems).tokens();
        if (peek().kind() == Kind.END) {
            if (problems.count() == before) {
                problem(peek(), "condition is empty: write always if every event is meant");
            }
            return null;
        }
        Condition condition = disjunction();
        while (peek().kind() != Kind.END) {
            problem(peek(), "unexpected " + peek().shown());
            at++;
            skip();
            if (peek().isWord("and") || peek().isWord("or")) {
                at++;
                disjunction();
            }
        }
        return problems.count() > before ? null : condition;
    }

    private @Nullable Condition disjunction() {
        List<Condition> parts = new ArrayList<>();
        boolean complete = true;
        do {
            Condition part = conjunction();
            complete &= part != null && parts.add(part);
        } while (take("or"));
        return complete ? Condition.or(parts) : null;
    }

    private @Nullable Condition conjunction() {
        List<Condition> parts = new ArrayList<>();
        boolean complete = true;
        boolean more = true;
        while (more) {
            Condition part = negation();
            complete &= part != null && parts.add(part);
            more = take("and");
            if (!more && startsPart(peek())) {
                problem(peek(), "AND or OR is expected before " + peek().shown());
                more = true;
            }
        }
        return complete ? Condition.and(parts) : null;
    }

    private static boolean startsPart(Token token) {
        return switch (token.kind()) {
            case WORD -> !token.isWord("or") && !token.isWord("and");
            case QUOTED_FIELD -> true;
            case SYMBOL -> token.isSymbol("(");
            case TEXT, NUMBER, END -> false;
        };
    }

    private @Nullable Condition negation() {
        Token first = peek();
        if (++depth > Condition.MAXIMUM_DEPTH) {
            problem(first, "nested too deeply [maximumDepth=" + Condition.MAXIMUM_DEPTH + "]");
            at = tokens.size() - 1;
            depth--;
            return null;
        }
        try {
            if (take("not")) {
                Condition part = negation();
                return part == null ? null : Condition.not(part);
            }
            if (first.isSymbol("(")) {
                at++;
                return group(first);
            }
            if (take("always")) {
                return Condition.always();
            }
            if (take("never")) {
                return Condition.never();
            }
            return test();
        } finally {
            depth--;
        }
    }

    private @Nullable Condition group(Token open) {
        Condition inner = disjunction();
        if (peek().isSymbol(")")) {
            at++;
            return inner;
        }
        if (peek().kind() == Kind.END) {
            if (depth <= Condition.MAXIMUM_DEPTH && inner != null) {
                problem(open, "parenthesis is not closed: a ) is missing");
            }
        } else {
            problem(peek(), "AND, OR or ) is expected, found " + peek().shown());
            skip();
            if (peek().isSymbol(")")) {
                at++;
            }
        }
        return null;
    }

    private @Nullable Condition test() {
        int start = at;
        FieldReference field = field();
        if (field == null && at == start) {
            skip();
            return null;
        }
        boolean negated = take("not");
        Token operatorToken = peek();
        if (take("is")) {
            return emptiness(field, operatorToken);
        }
        Operator operator = operator();
        if (operator == null) {
            skip();
            return null;
        }
        negated ^= operatorToken.isSymbol("!=");
        boolean ignoreCase = false;
        if (peek().isWord(IGNORE_CASE)) {
            if (!operator.takesIgnoreCase()) {
                problem(peek(), "ignoreCase has no meaning after " + operator.symbol() + ": leave it out");
            }
            ignoreCase = operator.takesIgnoreCase();
            at++;
        }
        if (field != null) {
            ConditionChecks.field(field, operator).ifPresent(message -> problem(operatorToken, message));
        }
        Condition test = operator == Operator.EXISTS
                ? field == null ? null : Condition.exists(field)
                : right(field, operator, ignoreCase);
        return test != null && negated ? Condition.not(test) : test;
    }

    private @Nullable Condition emptiness(@Nullable FieldReference field, Token word) {
        boolean negated = take("not");
        if (!take("empty")) {
            problem(peek(), "is empty or is not empty is expected, found " + peek().shown());
            skip();
            return null;
        }
        if (field == null) {
            return null;
        }
        ConditionChecks.field(field, Operator.EXISTS).ifPresent(message -> problem(word, message));
        Condition exists = Condition.exists(field);
        return negated ? exists : Condition.not(exists);
    }

    /// Takes a field. Nothing is taken when no field stands here; a misspelt one is taken and reported.
    private @Nullable FieldReference field() {
        Token token = peek();
        return switch (token.kind()) {
            case WORD -> isKeyword(token) ? noField(token) : named(token);
            case QUOTED_FIELD -> quotedField(token);
            case TEXT, NUMBER, SYMBOL, END -> noField(token);
        };
    }

    private @Nullable FieldReference noField(Token token) {
        problem(token, "a field is expected, found " + token.shown());
        return null;
    }

    private @Nullable FieldReference named(Token token) {
        at++;
        FieldReference field = FieldReference.byName(token.text());
        if (field == null) {
            problem(token, "unknown field [name=" + token.text() + "]" + FieldReference.hint(token.text()));
        }
        return field;
    }

    private @Nullable FieldReference quotedField(Token token) {
        at++;
        DynamicKind kind = DynamicKind.ofPrefix(token.text());
        if (kind == null) {
            problem(token, "unknown field [name=" + token.text() + "]" + FieldReference.hint(token.text() + ".key"));
        } else if (token.key().isEmpty() || token.key().length() > FieldReference.MAXIMUM_KEY_LENGTH) {
            problem(token, "key must have 1 to " + FieldReference.MAXIMUM_KEY_LENGTH + " characters");
        } else {
            return new FieldReference.Dynamic(kind, token.key());
        }
        return null;
    }

    private @Nullable Operator operator() {
        Token token = peek();
        if (token.isSymbol("!=")) {
            at++;
            return Operator.EQUAL;
        }
        boolean possible = token.kind() == Kind.WORD || token.kind() == Kind.SYMBOL;
        Operator operator = possible ? Operator.bySymbol(token.text()) : null;
        if (operator == null) {
            problem(
                    token,
                    "an operator is expected, found " + token.shown()
                            + Suggestions.hint(token.text(), Operator.symbols()));
            return null;
        }
        at++;
        return operator;
    }

    private @Nullable Condition right(@Nullable FieldReference field, Operator operator, boolean ignoreCase) {
        Token token = peek();
        if (isConstant(token)) {
            at++;
            String value = value(field, operator, token);
            return field == null || value == null
                    ? null
                    : new Condition.Test(field, operator, List.of(value), ignoreCase);
        }
        if (token.isSymbol("[")) {
            at++;
            return list(field, operator, ignoreCase, token);
        }
        if (token.kind() == Kind.QUOTED_FIELD || (token.kind() == Kind.WORD && !isKeyword(token))) {
            return relation(field, operator, ignoreCase);
        }
        problem(token, "a value is expected after " + operator.symbol() + ", found " + token.shown());
        skip();
        return null;
    }

    private @Nullable Condition relation(@Nullable FieldReference left, Operator operator, boolean ignoreCase) {
        Token token = peek();
        boolean isField = token.kind() == Kind.QUOTED_FIELD || FieldReference.byName(token.text()) != null;
        if (!isField && FieldReference.hint(token.text()).isEmpty()) {
            problem(token, "text must stand in quotes [text=" + token.text() + "]");
            skip();
            return null;
        }
        FieldReference right = field();
        if (right != null && !operator.takesField()) {
            problem(token, "a constant is expected after " + operator.symbol() + ", not a field");
            return null;
        }
        if (left == null || right == null) {
            return null;
        }
        ConditionChecks.relation(left, right).ifPresent(message -> problem(token, message));
        return new Condition.Relation(left, operator, right, ignoreCase);
    }

    private @Nullable Condition list(
            @Nullable FieldReference field, Operator operator, boolean ignoreCase, Token open) {
        if (!operator.takesList()) {
            problem(open, "one value is expected after " + operator.symbol() + ", not a list");
        }
        List<String> values = new ArrayList<>();
        boolean complete = true;
        while (true) {
            Token token = peek();
            if (!isConstant(token)) {
                problem(token, "a value is expected in the list, found " + token.shown());
                skip();
                return null;
            }
            at++;
            String value = value(field, operator, token);
            complete &= value != null && values.add(value);
            if (peek().isSymbol(",")) {
                at++;
            } else if (peek().isSymbol("]")) {
                at++;
                break;
            } else {
                problem(peek(), "a comma or ] is expected in the list, found " + peek().shown());
                skip();
                return null;
            }
        }
        if (values.size() > Condition.MAXIMUM_VALUES) {
            problem(open, "list is too long [values=" + values.size() + ", maximum=" + Condition.MAXIMUM_VALUES + "]");
            return null;
        }
        return complete && field != null && operator.takesList()
                ? new Condition.Test(field, operator, values, ignoreCase)
                : null;
    }

    private @Nullable String value(@Nullable FieldReference field, Operator operator, Token token) {
        if (field != null) {
            int before = problems.count();
            ConditionChecks.value(field, operator, token.text()).ifPresent(message -> problem(token, message));
            return problems.count() > before ? null : token.text();
        }
        return token.text();
    }

    private static boolean isConstant(Token token) {
        return token.kind() == Kind.TEXT
                || token.kind() == Kind.NUMBER
                || token.isWord("true")
                || token.isWord("false");
    }

    private static boolean isKeyword(Token token) {
        return token.isWord("and") || token.isWord("or") || token.isWord("not");
    }

    /// Goes on to the next AND, OR, closing parenthesis or the end, over brackets and groups.
    private void skip() {
        int open = 0;
        while (peek().kind() != Kind.END) {
            Token token = peek();
            if (token.isSymbol("(") || token.isSymbol("[")) {
                open++;
            } else if (token.isSymbol(")") || token.isSymbol("]")) {
                if (open == 0 && token.isSymbol(")")) {
                    return;
                }
                open = Math.max(0, open - 1);
            } else if (open == 0 && (token.isWord("and") || token.isWord("or"))) {
                return;
            }
            at++;
        }
    }

    private boolean take(String word) {
        if (peek().isWord(word)) {
            at++;
            return true;
        }
        return false;
    }

    private Token peek() {
        return tokens.get(at);
    }

    private void problem(Token token, String message) {
        problems.add(new Position(source, token.line(), token.column()), message);
    }
}
