package io.tocsin.app.up;

import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.run.CorrelatorRunner;
import java.util.List;
import java.util.function.ToLongFunction;

/// What rules hold and what they left out, over all rules, and how the correlator is, as OpenMetrics text.
///
/// @param up false when the correlator has ended by an error
/// @param failedCheckpoints that could not be written since the start of the process
record RuleCounters(List<RuleStatistics> rules, boolean up, long failedCheckpoints) {
    static RuleCounters of(CorrelatorRunner correlator) {
        return new RuleCounters(correlator.statistics(), correlator.failure() == null, correlator.failedCheckpoints());
    }

    /// Text without the last line of a document.
    String text() {
        return head("up", "gauge", "0 when the correlator has ended by an error.")
                + "tocsin_correlator_up " + (up ? 1 : 0) + "\n"
                + head("failed_checkpoints", "counter", "Checkpoints that could not be written.")
                + "tocsin_correlator_failed_checkpoints_total " + failedCheckpoints + "\n"
                + gauge("keys", "Keys for which rules count something.", RuleStatistics::keys)
                + gauge("held_bytes", "About how much memory these keys take.", RuleStatistics::heldBytes)
                + counter("evicted_keys", "Keys forgotten before their time.", RuleStatistics::evictedKeys)
                + counter(
                        "settled_early",
                        "Times that events were taken before their time because too many waited.",
                        RuleStatistics::settledEarly)
                + counter("late_events", "Events that came too late for a rule.", RuleStatistics::lateEvents)
                + counter("rate_limited", "Findings beyond the rate limit of their rule.", RuleStatistics::suppressed)
                + counter(
                        "unlooped",
                        "Findings not shown to other rules because one event led to too many.",
                        RuleStatistics::unlooped);
    }

    private String gauge(String name, String help, ToLongFunction<RuleStatistics> figure) {
        return head(name, "gauge", help) + "tocsin_correlator_" + name + " " + sum(figure) + "\n";
    }

    private String counter(String name, String help, ToLongFunction<RuleStatistics> figure) {
        return head(name, "counter", help) + "tocsin_correlator_" + name + "_total " + sum(figure) + "\n";
    }

    private static String head(String name, String type, String help) {
        return "# TYPE tocsin_correlator_" + name + " " + type + "\n# HELP tocsin_correlator_" + name + " " + help
                + "\n";
    }

    private long sum(ToLongFunction<RuleStatistics> figure) {
        return rules.stream().mapToLong(figure).sum();
    }
}
