package io.tocsin.pipeline.enrich.indicator;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.Values;
import java.util.function.Function;

/// Where a list of rows or objects has what. Empty: it does not have it.
record ListColumns(String value, String kind, String category, String confidence, String end, String reference) {
    /// The keys that make them.
    ///
    /// Thread-safety: one thread.
    static final class Keys {
        private final Key<String> value;
        private final Key<String> kind;
        private final Key<String> category;
        private final Key<String> confidence;
        private final Key<String> end;
        private final Key<String> reference;

        /// @param what what holds a value: `Column` or `Member`
        Keys(ConfigSpec.Builder keys, String what, String valueByDefault) {
            value = keys.text("value", what + " with the indicator itself.").defaultTo(valueByDefault);
            kind = keys.text("kindFrom", what + " that says what the indicator is.")
                    .defaultTo("");
            category = keys.text("categoryFrom", what + " with its category.").defaultTo("");
            confidence = keys.text("confidenceFrom", what + " with its confidence, 0 to 100 or low, medium, high.")
                    .defaultTo("");
            end = keys.text("endFrom", what + " with the date, time or epoch second at which it stops to count.")
                    .defaultTo("");
            reference = keys.text("referenceFrom", what + " with its identifier or name.")
                    .defaultTo("");
        }

        ListColumns read(Values values) {
            return new ListColumns(
                    values.get(value),
                    values.get(kind),
                    values.get(category),
                    values.get(confidence),
                    values.get(end),
                    values.get(reference));
        }
    }

    Indicator indicator(ListDefaults defaults, Function<String, String> text, long nowMillis) {
        return defaults.indicator(
                text.apply(value),
                text.apply(kind),
                text.apply(category),
                text.apply(confidence),
                text.apply(end),
                text.apply(reference),
                nowMillis);
    }
}
