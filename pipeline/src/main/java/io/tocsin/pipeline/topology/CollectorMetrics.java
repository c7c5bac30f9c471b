package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.normalizer.NormalizerFigures;
import io.tocsin.pipeline.normalizer.flow.FlowCounters;
import io.tocsin.pipeline.stage.StageMeter;
import io.tocsin.pipeline.transport.DeliveryMetrics;
import io.tocsin.pipeline.transport.log.LogMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// Writes what collectors and the node log count in the text form of OpenMetrics, for `/metrics`. Without
/// the closing `# EOF`, so that several parts of a process can share one answer.
public final class CollectorMetrics {
    private static final String PREFIX = "tocsin_collector_";

    private CollectorMetrics() {}

    /// The metrics of all collectors of a process.
    public static String text(List<CollectorFigures> collectors) {
        StringBuilder out = new StringBuilder();
        perCollector(out, collectors, PREFIX, StageCounter.values(), StageCounter::sentence, CollectorFigures::counts);
        head(out, PREFIX + "rejected", "counter", "Events that arrived and could not be kept, by reason.");
        for (CollectorFigures collector : collectors) {
            for (Map.Entry<String, Long> reason : collector.rejected().entrySet()) {
                sample(
                        out,
                        PREFIX + "rejected_total",
                        List.of("collector", collector.name(), "reason", reason.getKey()),
                        (double) reason.getValue());
            }
        }
        perCollector(
                out,
                collectors,
                "tocsin_normalizer_",
                NormalizerFigures.Count.values(),
                NormalizerFigures.Count::sentence,
                figures -> figures.normalizer().counts());
        perCollector(
                out,
                collectors,
                "tocsin_flow_",
                FlowCounters.Counter.values(),
                FlowCounters.Counter::sentence,
                figures -> figures.normalizer().flows());
        head(out, "tocsin_assembly", "counter", "What joining lines to events counts, by name.");
        for (CollectorFigures collector : collectors) {
            new TreeMap<>(collector.assembly())
                    .forEach((what, count) -> sample(
                            out, "tocsin_assembly_total", List.of("collector", collector.name(), "what", what), (double)
                                    count));
        }
        stage(out, collectors, "received", "Events that came to a stage.", StageMeter.Figures::received);
        stage(out, collectors, "sent", "Events that a stage let go on.", StageMeter.Figures::sent);
        stage(out, collectors, "errors", "Events on which a stage failed; they go on.", StageMeter.Figures::errors);
        perReason(
                out,
                collectors,
                "dropped",
                "reason",
                "Events that ended at a stage, by reason.",
                StageMeter.Figures::dropped);
        perReason(
                out, collectors, "detail", "what", "What a kind of stage counts besides.", StageMeter.Figures::details);
        head(out, "tocsin_stage_seconds", "counter", "Time spent in a stage, estimated from a sample.");
        for (CollectorFigures collector : collectors) {
            for (StageMeter.Figures stage : collector.way()) {
                if (stage.nanos() != StageMeter.NOT_MEASURED) {
                    sample(out, "tocsin_stage_seconds_total", labels(collector, stage), stage.nanos() / 1e9);
                }
            }
        }
        gauge(
                out,
                collectors,
                "up",
                "Whether the collector receives.",
                figures -> figures.state() == CollectorFigures.State.UP ? 1 : 0);
        gauge(out, collectors, "open_sources", "Connections or files open now.", CollectorFigures::openSources);
        gauge(out, collectors, "open_events", "Events not yet in the durable log.", figures ->
                (double) figures.openEvents());
        gauge(
                out,
                collectors,
                "held_events",
                "Events held over, to be joined or folded; they count among the open ones.",
                figures -> (double) figures.heldEvents());
        gauge(
                out,
                collectors,
                "waiting_for_log",
                "Whether sources wait for the durable log.",
                figures -> figures.waitingForLog() ? 1 : 0);
        gauge(
                out,
                collectors,
                "events_per_second",
                "Events received, mean of five seconds.",
                figures -> figures.eventsPerSecond());
        return out.toString();
    }

    private static <C extends Enum<C>> void perCollector(
            StringBuilder out,
            List<CollectorFigures> collectors,
            String prefix,
            C[] counters,
            Function<C, String> sentence,
            Function<CollectorFigures, Map<C, Long>> values) {
        for (C counter : counters) {
            String name = prefix + counter.name().toLowerCase(Locale.ROOT);
            head(out, name, "counter", sentence.apply(counter));
            for (CollectorFigures collector : collectors) {
                Long value = values.apply(collector).get(counter);
                if (value != null) {
                    sample(out, name + "_total", List.of("collector", collector.name()), (double) value);
                }
            }
        }
    }

    /// The metrics of deliveries from logs.
    ///
    /// @param deliveries by name, for the label
    public static String deliveries(Map<String, DeliveryMetrics> deliveries) {
        StringBuilder out = new StringBuilder();
        delivery(out, deliveries, "runs", "Runs that were acknowledged.", DeliveryMetrics::deliveredRuns);
        delivery(out, deliveries, "events", "Events that were acknowledged.", DeliveryMetrics::deliveredEvents);
        delivery(out, deliveries, "bytes", "Bytes that were acknowledged.", DeliveryMetrics::deliveredBytes);
        delivery(out, deliveries, "retries", "Attempts that were not acknowledged.", DeliveryMetrics::retries);
        delivery(
                out,
                deliveries,
                "dead_letters",
                "Records that were refused for good and put aside.",
                DeliveryMetrics::deadLetters);
        delivery(
                out,
                deliveries,
                "unavailable_events",
                "Events that were asked for and are not in the log any more.",
                DeliveryMetrics::unavailableEvents);
        head(out, "tocsin_delivery_in_flight_events", "gauge", "Events of the run on its way.");
        deliveries.forEach((name, metrics) -> sample(
                out, "tocsin_delivery_in_flight_events", List.of("delivery", name), (double) metrics.inFlightEvents()));
        return out.toString();
    }

    private static void delivery(
            StringBuilder out,
            Map<String, DeliveryMetrics> deliveries,
            String name,
            String sentence,
            ToLongFunction<DeliveryMetrics> value) {
        head(out, "tocsin_delivery_" + name, "counter", sentence);
        deliveries.forEach((delivery, metrics) ->
                sample(out, "tocsin_delivery_" + name + "_total", List.of("delivery", delivery), (double)
                        value.applyAsLong(metrics)));
    }

    /// The metrics of a durable log.
    ///
    /// @param log name of the log, for the label
    public static String text(String log, LogMetrics metrics) {
        StringBuilder out = new StringBuilder();
        List<String> label = List.of("log", log);
        single(out, "tocsin_log_bytes", "Size of all segments.", label, (double) metrics.bytes());
        single(out, "tocsin_log_limit_bytes", "Size at which appending waits.", label, (double) metrics.maxBytes());
        single(out, "tocsin_log_segments", "Segment files.", label, (double) metrics.segments());
        total(out, "tocsin_log_appended_events", "Events appended.", label, (double) metrics.appendedEvents());
        total(out, "tocsin_log_appended_bytes", "Bytes appended.", label, (double) metrics.appendedBytes());
        total(out, "tocsin_log_syncs", "Times that the log was forced to disk.", label, (double) metrics.syncs());
        total(out, "tocsin_log_sync_failures", "Times that forcing failed.", label, (double) metrics.syncFailures());
        total(out, "tocsin_log_full_waits", "Appends that had to wait for room.", label, (double) metrics.fullWaits());
        total(out, "tocsin_log_lost_events", "Events found damaged by readers.", label, (double) metrics.lostEvents());
        total(
                out,
                "tocsin_log_let_go_events",
                "Events that limits let go before a consumer had read them.",
                label,
                (double) metrics.letGoEvents());
        single(
                out,
                "tocsin_log_pressure",
                "0 green, 1 yellow from 70 percent of a limit on, 2 red from 90 percent on or when the disk refuses.",
                label,
                metrics.pressure().ordinal());
        backlog(out, "lost_events", "Events that a consumer lost to limits since it exists.", log, metrics, one ->
                (double) one.lostEvents());
        backlog(out, "events", "Events that a consumer has not dealt with.", log, metrics, one ->
                (double) one.events());
        backlog(out, "bytes", "Bytes that a consumer has not dealt with.", log, metrics, one -> (double) one.bytes());
        backlog(
                out,
                "age_seconds",
                "Age of the oldest record that a consumer has not dealt with.",
                log,
                metrics,
                one -> one.oldestAgeMillis() / 1000.0);
        return out.toString();
    }

    private static List<String> labels(CollectorFigures collector, StageMeter.Figures stage) {
        return List.of("collector", collector.name(), "stage", stage.name());
    }

    private static void stage(
            StringBuilder out,
            List<CollectorFigures> collectors,
            String name,
            String sentence,
            ToLongFunction<StageMeter.Figures> value) {
        head(out, "tocsin_stage_" + name, "counter", sentence);
        for (CollectorFigures collector : collectors) {
            for (StageMeter.Figures stage : collector.way()) {
                double number = (double) value.applyAsLong(stage);
                sample(out, "tocsin_stage_" + name + "_total", labels(collector, stage), number);
            }
        }
    }

    private static void perReason(
            StringBuilder out,
            List<CollectorFigures> collectors,
            String name,
            String label,
            String sentence,
            Function<StageMeter.Figures, Map<String, Long>> values) {
        head(out, "tocsin_stage_" + name, "counter", sentence);
        for (CollectorFigures collector : collectors) {
            for (StageMeter.Figures stage : collector.way()) {
                values.apply(stage).forEach((reason, count) -> {
                    List<String> labels = new ArrayList<>(labels(collector, stage));
                    labels.add(label);
                    labels.add(reason);
                    sample(out, "tocsin_stage_" + name + "_total", labels, (double) count);
                });
            }
        }
    }

    private static void gauge(
            StringBuilder out,
            List<CollectorFigures> collectors,
            String name,
            String sentence,
            ToDoubleFunction<CollectorFigures> value) {
        head(out, PREFIX + name, "gauge", sentence);
        for (CollectorFigures collector : collectors) {
            sample(out, PREFIX + name, List.of("collector", collector.name()), value.applyAsDouble(collector));
        }
    }

    private static void backlog(
            StringBuilder out,
            String name,
            String sentence,
            String log,
            LogMetrics metrics,
            ToDoubleFunction<LogMetrics.ConsumerBacklog> value) {
        head(out, "tocsin_log_backlog_" + name, "gauge", sentence);
        for (LogMetrics.ConsumerBacklog consumer : metrics.consumers()) {
            List<String> labels = new ArrayList<>(List.of("log", log, "consumer", consumer.name()));
            sample(out, "tocsin_log_backlog_" + name, labels, value.applyAsDouble(consumer));
        }
    }

    private static void single(StringBuilder out, String name, String sentence, List<String> labels, double value) {
        head(out, name, "gauge", sentence);
        sample(out, name, labels, value);
    }

    private static void total(StringBuilder out, String name, String sentence, List<String> labels, double value) {
        head(out, name, "counter", sentence);
        sample(out, name + "_total", labels, value);
    }

    private static void head(StringBuilder out, String name, String type, String sentence) {
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        out.append("# HELP ").append(name).append(' ').append(sentence).append('\n');
    }

    /// @param labels name, value, name, value, …
    private static void sample(StringBuilder out, String name, List<String> labels, double value) {
        out.append(name).append('{');
        for (int i = 0; i < labels.size(); i += 2) {
            String escaped = labels.get(i + 1)
                    .replace("\\", "\\\\")
                    .replace("\"", "\\\"")
                    .replace("\n", "\\n");
            out.append(i == 0 ? "" : ",")
                    .append(labels.get(i))
                    .append("=\"")
                    .append(escaped)
                    .append('"');
        }
        out.append("} ");
        if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
            out.append((long) value);
        } else {
            out.append(value);
        }
        out.append('\n');
    }
}
