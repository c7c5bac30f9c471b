package io.tocsin.pipeline.enrich.geo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The way to one value inside a record of a database, such as `country.names.en` or `subdivisions.0.iso_code`.
/// A number is an index of an array, -1 its last element. Immutable.
public final class GeoPath {
    private final String text;
    private final List<Object> steps;

    private GeoPath(String text, List<Object> steps) {
        this.text = text;
        this.steps = steps;
    }

    /// @throws IllegalArgumentException when the text is no path
    public static GeoPath parse(String text) {
        List<Object> steps = new ArrayList<>();
        for (String step : text.split("\\.", -1)) {
            if (step.isEmpty()) {
                throw new IllegalArgumentException("not a path such as country.iso_code [path=" + text + "]");
            }
            if (step.matches("-?[0-9]{1,4}")) {
                steps.add(Integer.valueOf(step));
            } else {
                steps.add(step.getBytes(UTF_8));
            }
        }
        return new GeoPath(text, List.copyOf(steps));
    }

    /// The value: UTF-8 bytes, `Double`, `Long`, or null when the record has none.
    ///
    /// @param record what [MaxMindDatabase#find] gave
    public @Nullable Object read(MaxMindDatabase database, int record) {
        int offset = record;
        for (Object step : steps) {
            offset = step instanceof byte[] key
                    ? database.data().member(offset, key)
                    : database.data().element(offset, (Integer) step);
            if (offset < 0) {
                return null;
            }
        }
        return database.data().plain(offset);
    }

    @Override
    public String toString() {
        return text;
    }
}
