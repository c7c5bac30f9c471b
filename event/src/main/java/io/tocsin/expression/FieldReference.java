package io.tocsin.expression;

import io.tocsin.config.Suggestions;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.event.FieldType;
import io.tocsin.event.Fields;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a condition looks at. Immutable.
public sealed interface FieldReference {
    /// How [AnyField] is written.
    String ANY_FIELD = "anyField";

    /// Longest key of a dynamic field, in characters.
    int MAXIMUM_KEY_LENGTH = 512;

    /// A field of the schema.
    record Fixed(Field field) implements FieldReference {}

    /// A field outside of the schema: `Extra.key`, `S.key` and so on. When an event carries the key several times,
    /// each value counts.
    record Dynamic(DynamicKind kind, String key) implements FieldReference {
        public Dynamic {
            if (key.isEmpty() || key.length() > MAXIMUM_KEY_LENGTH) {
                throw new IllegalArgumentException(
                        "key of a dynamic field must have 1 to " + MAXIMUM_KEY_LENGTH + " characters");
            }
        }
    }

    /// Every text value that came from the source: all text fields except those that Tocsin itself fills, and `Raw`
    /// when it is kept.
    record AnyField() implements FieldReference {}

    static FieldReference of(Field field) {
        return new Fixed(field);
    }

    static FieldReference of(DynamicKind kind, String key) {
        return new Dynamic(kind, key);
    }

    /// The reference that an unquoted name means, or null. Dynamic fields are written `Extra.key`.
    static @Nullable FieldReference byName(String name) {
        Field field = Fields.byName(name);
        if (field != null) {
            return new Fixed(field);
        }
        if (name.equals(ANY_FIELD)) {
            return new AnyField();
        }
        int dot = name.indexOf('.');
        if (dot > 0 && dot < name.length() - 1 && name.length() - dot - 1 <= MAXIMUM_KEY_LENGTH) {
            DynamicKind kind = DynamicKind.ofPrefix(name.substring(0, dot));
            return kind == null ? null : new Dynamic(kind, name.substring(dot + 1));
        }
        return null;
    }

    /// Ends the message about a name that is no field.
    static String hint(String name) {
        int dot = name.indexOf('.');
        if (dot > 0) {
            List<String> prefixes = new ArrayList<>();
            for (DynamicKind kind : DynamicKind.values()) {
                prefixes.add(kind.prefix());
            }
            String prefix = Suggestions.nearest(name.substring(0, dot), prefixes);
            return prefix == null ? "" : "; did you mean " + prefix + name.substring(dot) + "?";
        }
        List<String> names = new ArrayList<>(List.of(ANY_FIELD));
        for (Field field : Field.values()) {
            names.add(field.fieldName());
        }
        return Suggestions.hint(name, names);
    }

    /// Type of the value, or of one element of an array.
    default FieldType valueType() {
        return switch (this) {
            case Fixed fixed -> fixed.field.type() == FieldType.STRING_ARRAY ? FieldType.STRING : fixed.field.type();
            case Dynamic dynamic -> dynamic.kind.elementType();
            case AnyField ignored -> FieldType.STRING;
        };
    }

    /// The reference as it is written in conditions; keys with odd characters are quoted.
    default String name() {
        return switch (this) {
            case Fixed fixed -> fixed.field.fieldName();
            case Dynamic dynamic ->
                dynamic.kind.prefix() + "."
                        + (ConditionLexer.isPlainKey(dynamic.key) ? dynamic.key : ConditionPrinter.quoted(dynamic.key));
            case AnyField ignored -> ANY_FIELD;
        };
    }
}
