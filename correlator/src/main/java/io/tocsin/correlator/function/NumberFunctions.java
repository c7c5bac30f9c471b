package io.tocsin.correlator.function;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// Functions of numbers. What is no number, or has no result, gives nothing.
final class NumberFunctions {
    private static final double LARGEST_WHOLE = 1L << 53;

    private NumberFunctions() {}

    static final List<RuleFunction> ALL = List.of(
            binary("add", "a, b", "The sum; `a + b` says the same.", (a, b) -> a + b, "add(2, 3)", "5"),
            binary("subtract", "a, b", "The difference; `a - b` says the same.", (a, b) -> a - b, "7 - 2 * 3", "1"),
            binary("multiply", "a, b", "The product; `a * b` says the same.", (a, b) -> a * b, "multiply(2, 3.5)", "7"),
            binary(
                    "divide",
                    "a, b",
                    "The quotient with its fraction; `a / b` says the same. Nothing when b is 0.",
                    (a, b) -> a / b,
                    "divide(7, 2)",
                    "3.5"),
            binary(
                    "mod",
                    "a, b",
                    "The rest of the division, with the sign of a; `a % b` says the same.",
                    (a, b) -> a % b,
                    "mod(7, 3)",
                    "1"),
            binary("pow", "a, b", "a to the power of b.", Math::pow, "pow(2, 10)", "1024"),
            unary("sqrt", "The square root; nothing for a negative number.", Math::sqrt, "sqrt(144)", "12"),
            unary("abs", "The number without its sign.", Math::abs, "abs(0 - 5)", "5"),
            unary("ceil", "The next whole number upwards.", Math::ceil, "ceil(1.2)", "2"),
            unary("floor", "The next whole number downwards.", Math::floor, "floor(1.8)", "1"),
            RuleFunction.of(
                    "round",
                    "number[, digits]",
                    1,
                    2,
                    "The number with so many digits behind the point, none when left out; halves go away from zero.",
                    (arguments, scope) -> {
                        double number = arguments.getFirst().number();
                        double digits =
                                arguments.size() == 1 ? 0 : arguments.get(1).number();
                        if (!Double.isFinite(number) || !(digits >= 0 && digits <= 15)) {
                            scope.failed();
                            return Value.EMPTY;
                        }
                        return Value.of(new BigDecimal(Double.toString(number))
                                .setScale((int) digits, RoundingMode.HALF_UP)
                                .doubleValue());
                    },
                    "round(2.5)",
                    "3",
                    "round(3.14159, 2)",
                    "3.14"),
            RuleFunction.of(
                    "str_to_int",
                    "text[, base]",
                    1,
                    2,
                    "The whole number that the text is, in base 10 or another from 2 to 36; `0x` is understood in base"
                            + " 16.",
                    (arguments, scope) -> {
                        String text = arguments.getFirst().text().strip();
                        double base =
                                arguments.size() == 1 ? 10 : arguments.get(1).number();
                        if (!(base >= Character.MIN_RADIX && base <= Character.MAX_RADIX) || text.length() > 64) {
                            scope.failed();
                            return Value.EMPTY;
                        }
                        boolean prefixed = base == 16 && (text.startsWith("0x") || text.startsWith("0X"));
                        try {
                            return Value.of(Long.parseLong(prefixed ? text.substring(2) : text, (int) base));
                        } catch (NumberFormatException none) {
                            return fail(scope);
                        }
                    },
                    "str_to_int('0x1f', 16)",
                    "31"),
            RuleFunction.of(
                    "to_int",
                    "number",
                    1,
                    1,
                    "The number without its fraction.",
                    (arguments, scope) -> {
                        double number = arguments.getFirst().number();
                        return Double.isNaN(number) || Math.abs(number) > LARGEST_WHOLE
                                ? fail(scope)
                                : Value.of((long) number);
                    },
                    "to_int('12.9')",
                    "12"),
            RuleFunction.of(
                    "to_float",
                    "text",
                    1,
                    1,
                    "The number that the text is, in its plain form.",
                    (arguments, scope) -> {
                        double number = arguments.getFirst().number();
                        return Double.isNaN(number) ? fail(scope) : Value.of(number);
                    },
                    "to_float('1.50')",
                    "1.5"));

    private static Value fail(Scope scope) {
        scope.failed();
        return Value.EMPTY;
    }

    private static RuleFunction binary(
            String name, String arguments, String description, DoubleBinaryOperator operator, String... examples) {
        return RuleFunction.of(
                name,
                arguments,
                2,
                2,
                description,
                (values, scope) -> {
                    double result = operator.applyAsDouble(
                            values.get(0).number(), values.get(1).number());
                    return Double.isFinite(result) ? Value.of(result) : fail(scope);
                },
                examples);
    }

    private static RuleFunction unary(
            String name, String description, DoubleUnaryOperator operator, String... examples) {
        return RuleFunction.of(
                name,
                "number",
                1,
                1,
                description,
                (values, scope) -> {
                    double result = operator.applyAsDouble(values.getFirst().number());
                    return Double.isFinite(result) ? Value.of(result) : fail(scope);
                },
                examples);
    }
}
