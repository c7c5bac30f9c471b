package io.tocsin.pipeline.enrich.indicator;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Takes what a list gives and counts what could not be used, by reason.
///
/// Thread-safety: one thread.
final class IndicatorSink {
    private static final int MAXIMUM_REASONS = 50;

    private final IndicatorBuilder builder;
    private final long nowMillis;
    private final Map<String, Long> passedOver = new TreeMap<>();

    IndicatorSink(IndicatorBuilder builder, long nowMillis) {
        this.builder = builder;
        this.nowMillis = nowMillis;
    }

    long nowMillis() {
        return nowMillis;
    }

    void add(Indicator indicator) {
        if (indicator.expiresAtMillis() <= nowMillis) {
            passOver("expired");
        } else if (!builder.add(indicator)) {
            passOver("not a value of its kind");
        }
    }

    void passOver(@Nullable String reason) {
        String key = reason == null ? "unknown" : reason;
        passedOver.merge(
                passedOver.size() < MAXIMUM_REASONS || passedOver.containsKey(key) ? key : "other", 1L, Long::sum);
    }

    Map<String, Long> passedOver() {
        return passedOver;
    }
}
