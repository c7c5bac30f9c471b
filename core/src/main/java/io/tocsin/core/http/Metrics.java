package io.tocsin.core.http;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The figures of the core in OpenMetrics text. Features register a [Family] each; what is counted per request
/// stands here. A registry of our own, because a dozen numbers need no library.
///
/// Thread-safety: any thread.
public final class Metrics {
    private record Answer(String method, int status) {}

    /// One metric family; `samples` is called for each scrape and must be quick.
    ///
    /// @param name without suffix, e.g. `tocsin_core_alert_hits`
    /// @param type `counter` or `gauge`
    public record Family(String name, String type, String help, Consumer<Samples> samples) {}

    /// Receives the samples of one family.
    @FunctionalInterface
    public interface Samples {
        /// @param labels name and value in turn
        void add(double value, String... labels);

        /// Counts fit a double exactly up to 2⁵³.
        default void add(long value, String... labels) {
            add((double) value, labels);
        }
    }

    private final Map<Answer, LongAdder> answers = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Family> families = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Supplier<String>> included = new CopyOnWriteArrayList<>();

    public Metrics() {
        register(new Family(
                "tocsin_core_http_requests",
                "counter",
                "Requests answered.",
                samples -> answers.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey(
                                Comparator.comparing(Answer::method).thenComparingInt(Answer::status)))
                        .forEach(entry -> samples.add(
                                entry.getValue().sum(),
                                "method",
                                entry.getKey().method(),
                                "status",
                                Integer.toString(entry.getKey().status())))));
        register(new Family(
                "tocsin_core_memory_used_bytes",
                "gauge",
                "Heap in use by this process.",
                samples -> samples.add(Runtime.getRuntime().totalMemory()
                        - Runtime.getRuntime().freeMemory())));
    }

    /// Puts the text of other parts of this process before the families of the core.
    ///
    /// @param text OpenMetrics text without its last line, asked for at each scrape
    public void include(Supplier<String> text) {
        included.add(text);
    }

    public void register(Family family) {
        families.add(family);
    }

    void answered(String method, int status) {
        String known = switch (method) {
            case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" -> method;
            default -> "other";
        };
        answers.computeIfAbsent(new Answer(known, status), _ -> new LongAdder()).increment();
    }

    /// Returns all families as OpenMetrics 1.0 text.
    public String openMetrics() {
        StringBuilder text = new StringBuilder(2_048);
        included.forEach(part -> text.append(part.get()));
        for (Family family : families) {
            text.append("# TYPE ").append(family.name()).append(' ').append(family.type());
            text.append("\n# HELP ").append(family.name()).append(' ').append(family.help());
            text.append('\n');
            String name = family.type().equals("counter") ? family.name() + "_total" : family.name();
            family.samples().accept((value, labels) -> sample(text, name, value, labels));
        }
        return text.append("# EOF\n").toString();
    }

    private static void sample(StringBuilder text, String name, double value, String... labels) {
        text.append(name);
        for (int i = 0; i + 1 < labels.length; i += 2) {
            text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            text.append(
                    labels[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
            text.append('"');
        }
        if (labels.length > 0) {
            text.append('}');
        }
        text.append(' ');
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            text.append((long) value);
        } else {
            text.append(value);
        }
        text.append('\n');
    }
}
