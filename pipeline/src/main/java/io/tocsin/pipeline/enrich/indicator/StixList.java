package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.config.ComponentSpec;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Values;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/// STIX 2.1 indicators of bundles, or of several bundles or TAXII envelopes one after another. Of several versions of
/// an object (same
/// `id`) the one modified last counts; a revoked one does not count at all.
record StixList(ListDefaults defaults, Path path) implements IndicatorList {
    static final ComponentSpec<IndicatorList> SPEC =
            ComponentSpec.of("stix", "Indicators of STIX 2.1 bundles.", StixList::keys);

    private static Function<Values, IndicatorList> keys(ConfigSpec.Builder keys) {
        var defaults = new ListDefaults.Keys(keys);
        var file = keys.text("file", "File to read; it is read again when it changes.")
                .example("/etc/tocsin/bundle.json")
                .required();
        return values -> new StixList(defaults.read(values), Path.of(values.get(file)));
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
        read(file, defaults, sink);
    }

    /// Reads a file twice: first which version of each object is the last, then those.
    static void read(Path file, ListDefaults defaults, IndicatorSink sink) throws IOException {
        Map<String, String> modified = new HashMap<>();
        each(file, object -> {
            if (object.get("id") instanceof String id && "indicator".equals(object.get("type"))) {
                modified.merge(id, text(object, "modified"), (old, now) -> now.compareTo(old) >= 0 ? now : old);
            }
        });
        each(file, object -> {
            if ("indicator".equals(object.get("type"))) {
                String id = text(object, "id");
                if (text(object, "modified").equals(modified.getOrDefault(id, ""))) {
                    modified.put(id, "taken " + id);
                    indicator(object, defaults, sink);
                } else {
                    sink.passOver("older version");
                }
            }
        });
    }

    private static void each(Path file, Consumer<Map<?, ?>> consumer) throws IOException {
        try (Reader reader = CsvList.open(file)) {
            new JsonStream(reader).elements(List.of("objects"), element -> {
                if (element instanceof Map<?, ?> object) {
                    consumer.accept(object);
                }
            });
        }
    }

    private static void indicator(Map<?, ?> object, ListDefaults defaults, IndicatorSink sink) {
        if (Boolean.TRUE.equals(object.get("revoked"))) {
            sink.passOver("revoked");
            return;
        }
        String type = text(object, "pattern_type");
        if (!type.isEmpty() && !type.equals("stix")) {
            sink.passOver("pattern type " + type);
            return;
        }
        StixPattern.Result pattern = StixPattern.read(text(object, "pattern"));
        if (pattern.unsupported() != null) {
            sink.passOver("pattern needs " + pattern.unsupported());
            return;
        }
        String category = first(object, "indicator_types");
        if (category.isEmpty()) {
            category = first(object, "labels");
        }
        String name = text(object, "name");
        String id = text(object, "id");
        for (StixPattern.Value value : pattern.values()) {
            sink.add(new Indicator(
                    value.kind(),
                    value.text(),
                    defaults.name(),
                    category.isEmpty() ? defaults.category() : category,
                    object.get("confidence") instanceof Long confidence
                            ? Math.clamp(confidence, 0, 100)
                            : defaults.confidence(),
                    defaults.end(text(object, "valid_until"), sink.nowMillis()),
                    name.isEmpty() ? id : id + " " + name));
        }
    }

    private static String first(Map<?, ?> object, String key) {
        return object.get(key) instanceof List<?> list && !list.isEmpty() ? String.valueOf(list.getFirst()) : "";
    }

    private static String text(Map<?, ?> object, String key) {
        return object.get(key) instanceof String text ? text : "";
    }
}
