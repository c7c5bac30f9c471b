package io.tocsin.expression;

import io.tocsin.error.TocsinException;
import io.tocsin.event.FieldType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What may stand together: field, operator and value. Each check returns the message of the problem, if there is
/// one.
final class ConditionChecks {
    private ConditionChecks() {}

    static Optional<String> field(FieldReference field, Operator operator) {
        if (field instanceof FieldReference.AnyField
                && operator != Operator.CONTAINS
                && operator != Operator.MATCH
                && operator != Operator.SEARCH) {
            return Optional.of("anyField takes contains, match and search only [operator=" + operator.symbol() + "]");
        }
        FieldType type = field.valueType();
        if (operator == Operator.IN_SUBNET && type != FieldType.STRING) {
            return Optional.of("inSubnet needs a text field [field=" + field.name() + ", type=" + type + "]");
        }
        if (operator == Operator.HAS_BIT && type == FieldType.FLOAT) {
            return Optional.of("hasBit needs an integer [field=" + field.name() + ", type=" + type + "]");
        }
        return Optional.empty();
    }

    static Optional<String> relation(FieldReference left, FieldReference right) {
        return left instanceof FieldReference.AnyField || right instanceof FieldReference.AnyField
                ? Optional.of("anyField cannot be compared with another field")
                : Optional.empty();
    }

    static Optional<String> value(FieldReference field, Operator operator, String value) {
        if (value.length() > Condition.MAXIMUM_VALUE_LENGTH) {
            return Optional.of("value is too long [characters=" + value.length() + ", maximum="
                    + Condition.MAXIMUM_VALUE_LENGTH + "]");
        }
        return Optional.ofNullable(
                switch (operator) {
                    case EQUAL -> value.isEmpty() ? null : number(field, value);
                    case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
                        value.isEmpty() ? "an order needs a value that is not empty" : number(field, value);
                    case CONTAINS, STARTS_WITH, ENDS_WITH ->
                        value.isEmpty() ? "an empty text is part of every text: use exists" : null;
                    case MATCH, SEARCH -> pattern(value);
                    case IN_SUBNET ->
                        Subnets.parse(value) == null
                                ? "not a network such as 10.0.0.0/8 or 2001:db8::/32 [value=" + value + "]"
                                : null;
                    case HAS_BIT -> bit(value) < 0 ? "a bit is a number from 0 to 63 [value=" + value + "]" : null;
                    case EXISTS -> "exists takes no value";
                });
    }

    private static @Nullable String number(FieldReference field, String value) {
        return switch (field.valueType()) {
            case STRING, STRING_ARRAY -> null;
            case INTEGER, FLOAT ->
                NumberText.of(value) == null
                        ? "field is a number, the value is not [field=" + field.name() + ", value=" + value + "]"
                        : null;
            case TIMESTAMP ->
                NumberText.ofTime(value) == null
                        ? "field is a time: write 2026-01-31T12:00:00Z or milliseconds [field=" + field.name()
                                + ", value=" + value + "]"
                        : null;
        };
    }

    private static @Nullable String pattern(String value) {
        try {
            BoundedRegex.compile(value, false);
            return null;
        } catch (TocsinException e) {
            return e.getMessage();
        }
    }

    /// The number of a bit, or -1.
    static int bit(String value) {
        if (value.isEmpty() || value.length() > 2 || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int bit = Integer.parseInt(value);
        return bit < 64 ? bit : -1;
    }
}
