package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Values;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A list of JSON objects, or of texts: in an array, somewhere inside of an object, or one a line.
///
/// @param items names of members that lead to the list
record JsonList(ListDefaults defaults, Path path, List<String> items, ListColumns columns) implements IndicatorList {
    static final ComponentSpec<IndicatorList> SPEC =
            ComponentSpec.of("json", "JSON objects or texts, in a list or one a line.", JsonList::keys);

    private static Function<Values, IndicatorList> keys(ConfigSpec.Builder keys) {
        var defaults = new ListDefaults.Keys(keys);
        var file = keys.text("file", "File to read; it is read again when it changes.")
                .example("/etc/tocsin/feed.json")
                .required();
        var items = keys.text("items", "Members that lead to the list, with dots between them.")
                .example("Event.Attribute")
                .defaultTo("");
        var columns = new ListColumns.Keys(keys, "Member, with dots for nested ones,", "value");
        return values -> new JsonList(
                defaults.read(values), Path.of(values.get(file)), path(values.get(items)), columns.read(values));
    }

    private static List<String> path(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\\.", -1));
    }

    @Override
    public String name() {
        return defaults.name();
    }

    @Override
    public Path file(Path folder) {
        return path;
    }

    @Override
    public void read(Path file, IndicatorSink sink) throws IOException {
        try (Reader reader = CsvList.open(file)) {
            new JsonStream(reader).elements(items, element -> {
                if (element instanceof String text) {
                    sink.add(defaults.indicator(text, "", "", "", "", "", sink.nowMillis()));
                } else if (element instanceof Map<?, ?> object) {
                    sink.add(columns.indicator(defaults, member -> member(object, member), sink.nowMillis()));
                } else {
                    sink.passOver("not an object");
                }
            });
        }
    }

    private static String member(Map<?, ?> object, String path) {
        if (path.isEmpty()) {
            return "";
        }
        Object value = object.get(path);
        if (value == null && path.indexOf('.') > 0) {
            value = object;
            for (String name : path(path)) {
                value = value instanceof Map<?, ?> map ? map.get(name) : null;
            }
        }
        return text(value);
    }

    private static String text(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.isEmpty() ? "" : text(list.getFirst());
        }
        return value == null || value instanceof Map<?, ?> ? "" : String.valueOf(value);
    }
}
