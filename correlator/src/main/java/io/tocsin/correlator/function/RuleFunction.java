package io.tocsin.correlator.function;

import java.util.List;

/// A function of the language.
///
/// @param name as it is called
/// @param arguments how they are written in the manual, such as `text, start[, end]`
/// @param minimum fewest arguments
/// @param maximum most arguments
/// @param readsTables true when its value depends on tables
/// @param description a sentence for the manual
/// @param examples expression and what it gives, tried by a test
/// @param implementation makes it ready for the arguments of one call
record RuleFunction(
        String name,
        String arguments,
        int minimum,
        int maximum,
        boolean readsTables,
        String description,
        List<Example> examples,
        Binding implementation) {

    /// Most arguments of a function that takes any number.
    static final int ANY = 64;

    record Example(String expression, String result) {}

    /// What is done for one call of an expression.
    interface Body {
        Value apply(List<Value> arguments, Scope scope);
    }

    /// Prepares a call, for example compiles an expression that is constant.
    interface Binding {
        /// @throws IllegalArgumentException when the arguments can never mean anything
        Body bind(List<Expression> arguments);
    }

    RuleFunction {
        examples = List.copyOf(examples);
    }

    /// A function that needs no preparation.
    static RuleFunction of(
            String name,
            String arguments,
            int minimum,
            int maximum,
            String description,
            Body body,
            String... examples) {
        return new RuleFunction(name, arguments, minimum, maximum, false, description, examples(examples), _ -> body);
    }

    static List<Example> examples(String... texts) {
        List<Example> examples = new java.util.ArrayList<>();
        for (int i = 0; i < texts.length; i += 2) {
            examples.add(new Example(texts[i], texts[i + 1]));
        }
        return examples;
    }
}
