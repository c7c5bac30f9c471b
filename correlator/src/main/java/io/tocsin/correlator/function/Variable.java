package io.tocsin.correlator.function;

import io.tocsin.correlator.window.Hash128;
import io.tocsin.event.DynamicKind;
import io.tocsin.expression.FieldReference;
import java.util.HexFormat;

/// A value that is computed from an event, under a name. Immutable.
///
/// Wherever a field may stand, a variable stands as a reference of its own: a key of `Extra` that no event has, made of
/// its name and a hash of what it says. So two rules that compute the same thing share it, and two that use one name
/// for different things do not.
///
/// @param reference what stands for it where a field is expected
public record Variable(String name, Expression expression, FieldReference reference) {
    private static final char MARK = '$';
    private static final char SEPARATOR = '\u001f';

    public static Variable of(String name, Expression expression) {
        Hash128 hash = new Hash128().add(expression.text());
        String key = MARK
                + name
                + SEPARATOR
                + HexFormat.of().toHexDigits(hash.high())
                + HexFormat.of().toHexDigits(hash.low());
        return new Variable(name, expression, FieldReference.of(DynamicKind.EXTRA, key));
    }

    /// What a variable is called before it is known which one is meant.
    public static FieldReference named(String name) {
        return FieldReference.of(DynamicKind.EXTRA, MARK + name);
    }

    /// True for a reference to a variable, known or not.
    public static boolean is(FieldReference reference) {
        return reference instanceof FieldReference.Dynamic dynamic
                && dynamic.kind() == DynamicKind.EXTRA
                && dynamic.key().charAt(0) == MARK;
    }

    /// The name of the variable that a reference means.
    public static String nameOf(FieldReference reference) {
        if (!is(reference) || !(reference instanceof FieldReference.Dynamic dynamic)) {
            throw new IllegalArgumentException("not a variable [field=" + reference.name() + "]");
        }
        int end = dynamic.key().indexOf(SEPARATOR);
        return end < 0 ? dynamic.key().substring(1) : dynamic.key().substring(1, end);
    }

    /// How a field or variable is written in rules.
    public static String shown(FieldReference reference) {
        if (!is(reference)) {
            return reference.name();
        }
        String name = nameOf(reference);
        // A call that stands in a condition has no name but what it says.
        return name.indexOf('(') < 0 ? MARK + name : name;
    }

    /// The field of a correlation event that takes the value: variables go to `Extra` under their names.
    public static FieldReference target(FieldReference reference) {
        return is(reference) ? FieldReference.of(DynamicKind.EXTRA, nameOf(reference)) : reference;
    }
}
