package io.tocsin.correlator.function;

import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A value to be computed from an event. Immutable; calls share compiled expressions, so one thread evaluates it.
public sealed interface Expression {
    /// Most parts of an expression.
    int MAXIMUM_PARTS = 500;
    /// Deepest nesting.
    int MAXIMUM_DEPTH = 32;
    /// Functions that read tables which no rule changes.
    Set<String> FIXED = Set.of("dict", "in_dictionary", "table_dict");

    Value evaluate(Scope scope);

    /// The expression in one canonical form: what says the same is written the same.
    String text();

    /// True when the value depends on active lists or context tables.
    boolean readsTables();

    record Constant(Value value) implements Expression {
        @Override
        public Value evaluate(Scope scope) {
            return value;
        }

        @Override
        public String text() {
            return "'" + value.text().replace("\\", "\\\\").replace("'", "\\'") + "'";
        }

        @Override
        public boolean readsTables() {
            return false;
        }
    }

    /// A field or an earlier variable.
    record FieldValue(FieldReference field, boolean readsTables) implements Expression {
        @Override
        public Value evaluate(Scope scope) {
            return Value.ofField(scope.values(field));
        }

        @Override
        public String text() {
            return field.name();
        }
    }

    /// @param used fields that the function looks at by itself, such as those of a condition
    record Call(RuleFunction function, List<Expression> arguments, RuleFunction.Body body, List<FieldReference> used)
            implements Expression {
        public Call {
            arguments = List.copyOf(arguments);
            used = List.copyOf(used);
        }

        @Override
        public Value evaluate(Scope scope) {
            List<Value> values = new ArrayList<>(arguments.size());
            for (Expression argument : arguments) {
                values.add(argument.evaluate(scope));
            }
            return body.apply(values, scope);
        }

        @Override
        public String text() {
            return function.name()
                    + "("
                    + String.join(", ", arguments.stream().map(Expression::text).toList()) + ")"
                    + (used.isEmpty() ? "" : used.toString());
        }

        @Override
        public boolean readsTables() {
            return function.readsTables() || arguments.stream().anyMatch(Expression::readsTables);
        }
    }

    /// All fields and variables that it looks at.
    default Set<FieldReference> fields() {
        Set<FieldReference> fields = new LinkedHashSet<>();
        collect(this, fields);
        return fields;
    }

    private static void collect(Expression expression, Set<FieldReference> fields) {
        switch (expression) {
            case Constant _ -> {}
            case FieldValue value -> fields.add(value.field());
            case Call call -> {
                call.arguments().forEach(argument -> collect(argument, fields));
                fields.addAll(call.used());
            }
        }
    }

    /// Names of the tables that are written in it as constants.
    default Set<String> tables() {
        Set<String> tables = new LinkedHashSet<>();
        collectTables(this, tables);
        return tables;
    }

    private static void collectTables(Expression expression, Set<String> tables) {
        if (expression instanceof Call call) {
            if ((call.function().readsTables() || FIXED.contains(call.function().name()))
                    && !call.arguments().isEmpty()
                    && call.arguments().getFirst() instanceof Constant name) {
                tables.add(name.value().text());
            }
            call.arguments().forEach(argument -> collectTables(argument, tables));
        }
    }
}
