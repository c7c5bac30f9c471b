package io.tocsin.core.search;

import io.tocsin.event.Field;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A field of the event schema as clients see it; type and group are spelled as in the schema file.
record FieldItem(
        String name,
        String type,
        String group,
        int size,
        String meaning,
        @Nullable String cef,
        @Nullable String ecs) {
    static FieldItem of(Field field) {
        return new FieldItem(
                field.fieldName(),
                field.type().name(),
                field.group().name().toLowerCase(Locale.ROOT),
                field.size(),
                field.meaning(),
                field.cefKey(),
                field.ecsName());
    }
}
