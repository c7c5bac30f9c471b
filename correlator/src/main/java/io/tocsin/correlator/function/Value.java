package io.tocsin.correlator.function;

import java.util.List;

/// What an expression gives: a text, several texts in order, or nothing. Numbers are texts that look like numbers.
/// Nothing and the empty text are the same. Immutable.
///
/// @param items at most [#MAXIMUM_ITEMS], each at most [#MAXIMUM_LENGTH] characters
/// @param isList true when it is a list even if it has one item; lists that went through a field or a variable are no
///     lists any more when they have one
public record Value(List<String> items, boolean isList) {
    /// Longest text, in characters; longer ones are cut.
    public static final int MAXIMUM_LENGTH = 65_536;
    /// Most items; further ones are left out.
    public static final int MAXIMUM_ITEMS = 10_000;

    public static final Value EMPTY = new Value(List.of(), false);
    public static final Value TRUE = new Value(List.of("true"), false);
    public static final Value FALSE = new Value(List.of("false"), false);

    private static final double EXACT = 1L << 53;

    public Value {
        items = List.copyOf(items);
    }

    public static Value of(String text) {
        if (text.isEmpty()) {
            return EMPTY;
        }
        return new Value(List.of(text.length() > MAXIMUM_LENGTH ? text.substring(0, MAXIMUM_LENGTH) : text), false);
    }

    /// A list, whatever it holds.
    public static Value of(List<String> items) {
        return new Value(items.size() > MAXIMUM_ITEMS ? items.subList(0, MAXIMUM_ITEMS) : items, true);
    }

    /// Values of a field: a text when there is one, else a list.
    public static Value ofField(List<String> values) {
        return values.size() == 1 ? of(values.getFirst()) : of(values);
    }

    public static Value of(boolean value) {
        return value ? TRUE : FALSE;
    }

    public static Value of(long number) {
        return of(Long.toString(number));
    }

    /// A number without a fraction is written without one; no number is nothing.
    public static Value of(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return EMPTY;
        }
        return number == Math.rint(number) && Math.abs(number) < EXACT
                ? of((long) number)
                : of(Double.toString(number));
    }

    public boolean isEmpty() {
        return items.isEmpty();
    }

    /// The text; items are joined by commas.
    public String text() {
        return items.size() == 1 ? items.getFirst() : String.join(",", items);
    }

    /// The number that the text is, or NaN.
    public double number() {
        return items.size() == 1 ? Numbers.parse(items.getFirst()) : Double.NaN;
    }
}
