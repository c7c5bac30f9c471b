package io.tocsin.pipeline.pair;

import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// Figures of pairs as OpenMetrics text.
public final class PairMetrics {
    private static final List<String> STATES = List.of("looking", "alone", "keeper", "helper", "deciding", "refused");

    private PairMetrics() {}

    /// @param pairs by collector; without any the text is empty
    public static String text(Map<String, PairFigures> pairs) {
        StringBuilder page = new StringBuilder();
        if (pairs.isEmpty()) {
            return "";
        }
        page.append("# TYPE tocsin_pair_state gauge\n")
                .append("# HELP tocsin_pair_state How a collector and the other one of its pair stand; 1 for the"
                        + " state.\n");
        pairs.forEach((collector, pair) -> STATES.forEach(state -> page.append("tocsin_pair_state{collector=\"")
                .append(collector)
                .append("\",state=\"")
                .append(state)
                .append("\"} ")
                .append(state.equals(pair.state()) ? 1 : 0)
                .append('\n')));
        counter(page, pairs, "takeovers", "Times it took over what the other one held.", PairFigures::takeovers);
        counter(page, pairs, "dropped", "Times the other one took over what it held.", PairFigures::dropped);
        counter(
                page,
                pairs,
                "split_events",
                "Events given out before their group was whole.",
                PairFigures::splitEvents);
        counter(page, pairs, "replicated_records", "Batches sent as a replica.", PairFigures::replicatedRecords);
        counter(page, pairs, "forwarded_records", "Batches sent to be dealt with.", PairFigures::forwardedRecords);
        gauge(page, pairs, "replica_bytes", "Memory for what the other one holds.", PairFigures::replicaBytes);
        gauge(page, pairs, "waiting_records", "Batches that wait for the other one.", PairFigures::waitingRecords);
        gauge(
                page,
                pairs,
                "replicated_until_milliseconds",
                "When the newest batch was received that both have, since 1970.",
                PairFigures::replicatedUntilMillis);
        return page.toString();
    }

    private static void counter(
            StringBuilder page,
            Map<String, PairFigures> pairs,
            String name,
            String help,
            ToLongFunction<PairFigures> value) {
        family(page, pairs, name, "counter", "_total", help, value);
    }

    private static void gauge(
            StringBuilder page,
            Map<String, PairFigures> pairs,
            String name,
            String help,
            ToLongFunction<PairFigures> value) {
        family(page, pairs, name, "gauge", "", help, value);
    }

    private static void family(
            StringBuilder page,
            Map<String, PairFigures> pairs,
            String name,
            String type,
            String suffix,
            String help,
            ToLongFunction<PairFigures> value) {
        page.append("# TYPE tocsin_pair_").append(name).append(' ').append(type).append('\n');
        page.append("# HELP tocsin_pair_").append(name).append(' ').append(help).append('\n');
        pairs.forEach((collector, pair) -> page.append("tocsin_pair_")
                .append(name)
                .append(suffix)
                .append("{collector=\"")
                .append(collector)
                .append("\"} ")
                .append(value.applyAsLong(pair))
                .append('\n'));
    }
}
