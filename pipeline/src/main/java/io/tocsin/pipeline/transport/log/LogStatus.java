package io.tocsin.pipeline.transport.log;

import java.util.ArrayList;
import java.util.List;

/// Whether an open log is well.
///
/// @param reason what makes it yellow or red, worst first; empty when green
record LogStatus(LogPressure pressure, String reason) {
    private record Sign(LogPressure pressure, String reason) {}

    /// With the log's lock held.
    static LogStatus of(LogState state, List<LogMetrics.ConsumerBacklog> consumers) {
        List<Sign> signs = new ArrayList<>();
        String failure = state.failure == null ? state.writeFailure : state.failure;
        if (failure != null) {
            signs.add(new Sign(LogPressure.RED, failure));
        }
        if (state.usableBytes < state.options.reserveBytes()) {
            signs.add(new Sign(
                    LogPressure.RED,
                    "disk has no space left beyond the reserve [usableBytes=" + state.usableBytes + ", reserveBytes="
                            + state.options.reserveBytes() + "]"));
        }
        long maxBytes = state.options.maxBytes();
        signs.add(new Sign(
                LogPressure.of(state.totalBytes, maxBytes),
                "log fills [bytes=" + state.totalBytes + ", maxBytes=" + maxBytes + "]"));
        long maxAgeMillis = state.options.maxAge().toMillis();
        for (LogMetrics.ConsumerBacklog consumer : consumers) {
            signs.add(new Sign(
                    consumer.pressure().or(LogPressure.of(consumer.oldestAgeMillis(), maxAgeMillis)),
                    "consumer is behind [consumer=" + consumer.name() + ", bytes=" + consumer.bytes()
                            + ", oldestAgeMillis=" + consumer.oldestAgeMillis() + "]"));
        }
        LogPressure worst = LogPressure.GREEN;
        String reason = "";
        for (Sign sign : signs) {
            if (sign.pressure().compareTo(worst) > 0) {
                worst = sign.pressure();
                reason = sign.reason();
            }
        }
        return new LogStatus(worst, reason);
    }
}
