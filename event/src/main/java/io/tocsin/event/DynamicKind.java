package io.tocsin.event;

import org.jspecify.annotations.Nullable;

/// Families of fields whose names are not in the schema: `Extra.<key>` and the typed extended fields `S.<key>` …
/// `FA.<key>`.
public enum DynamicKind {
    EXTRA(1, "Extra", FieldType.STRING, false),
    S(2, "S", FieldType.STRING, false),
    N(3, "N", FieldType.INTEGER, false),
    F(4, "F", FieldType.FLOAT, false),
    SA(5, "SA", FieldType.STRING, true),
    NA(6, "NA", FieldType.INTEGER, true),
    FA(7, "FA", FieldType.FLOAT, true);

    private static final DynamicKind[] BY_CODE = {null, EXTRA, S, N, F, SA, NA, FA};

    private final int code;
    private final String prefix;
    private final FieldType elementType;
    private final boolean array;

    DynamicKind(int code, String prefix, FieldType elementType, boolean array) {
        this.code = code;
        this.prefix = prefix;
        this.elementType = elementType;
        this.array = array;
    }

    /// Number of the family on the wire, below every [Field#code()].
    public int code() {
        return code;
    }

    /// What stands before the dot in a field reference.
    public String prefix() {
        return prefix;
    }

    /// Type of a value, or of one element of an array.
    public FieldType elementType() {
        return elementType;
    }

    /// True when the same key may hold several values, kept in order.
    public boolean isArray() {
        return array;
    }

    /// The family with this prefix, or null.
    public static @Nullable DynamicKind ofPrefix(String prefix) {
        for (DynamicKind kind : values()) {
            if (kind.prefix.equals(prefix)) {
                return kind;
            }
        }
        return null;
    }

    /// The family with this code, or null when the code belongs to a fixed field.
    public static @Nullable DynamicKind ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
