package io.tocsin.event;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds fields by name, code and CEF key. Immutable.
public final class Fields {
    /// One more than the largest [Field#code()]; size of tables indexed by code.
    public static final int CODE_LIMIT;

    private static final @Nullable Field[] BY_CODE;
    private static final Map<String, Field> BY_NAME = new HashMap<>();
    private static final Map<String, Field> BY_CEF_KEY = new HashMap<>();

    static {
        int limit = 0;
        for (Field field : Field.values()) {
            limit = Math.max(limit, field.code() + 1);
        }
        CODE_LIMIT = limit;
        BY_CODE = new Field[limit];
        for (Field field : Field.values()) {
            BY_CODE[field.code()] = field;
            BY_NAME.put(field.fieldName(), field);
            String cefKey = field.cefKey();
            if (cefKey != null) {
                BY_CEF_KEY.put(cefKey, field);
            }
        }
    }

    private Fields() {}

    /// The field with this exact schema name, or null.
    public static @Nullable Field byName(String name) {
        return BY_NAME.get(name);
    }

    /// The field with this wire code, or null.
    public static @Nullable Field byCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /// The field with this CEF key, or null.
    public static @Nullable Field byCefKey(String key) {
        return BY_CEF_KEY.get(key);
    }
}
