package io.tocsin.app.up;

import io.tocsin.core.rule.RuleState;
import io.tocsin.correlator.engine.RuleStatistics;
import java.lang.System.Logger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Watches what rules cost, from the samples of the engine. A rule that takes more of a core than it may, for as long
/// as that is looked at, is named in the log, among the rules and in the metrics. What it took in the one look that was
/// dearest must not be the reason: samples stand for many events, and a pause of the machine in one would do.
///
/// Thread-safety: [#look] one call at a time; any thread asks.
final class RuleCostWatch {
    private static final Logger LOG = System.getLogger(RuleCostWatch.class.getName());
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final int NAMED_IN_METRICS = 20;
    private static final double NANOS_PER_MILLI = 1e6;

    private record Sample(long atMillis, Map<String, Long> nanos) {}

    private final Supplier<List<RuleStatistics>> statistics;
    private final LongSupplier events;
    private final Supplier<RuleLimits> limits;
    private final BiConsumer<String, RuleState.Cost> costly;
    private final InstantSource clock;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private final Map<String, Long> spent = new HashMap<>();
    private final Map<String, Long> lastNanos = new HashMap<>();
    private final Set<String> named = new HashSet<>();
    private volatile Map<String, RuleState.Cost> costs = Map.of();

    /// @param events number of events read since the start of the process
    /// @param costly hears of a rule that has become too costly and is to be stopped
    RuleCostWatch(
            Supplier<List<RuleStatistics>> statistics,
            LongSupplier events,
            Supplier<RuleLimits> limits,
            BiConsumer<String, RuleState.Cost> costly,
            InstantSource clock) {
        this.statistics = statistics;
        this.events = events;
        this.limits = limits;
        this.costly = costly;
        this.clock = clock;
    }

    /// Looks now and then; run what comes back to end it.
    Runnable start() {
        Thread thread = Thread.ofVirtual().name("rule-costs").start(() -> {
            try {
                while (true) {
                    look();
                    Thread.sleep(INTERVAL);
                }
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        });
        return thread::interrupt;
    }

    /// What a rule costs; null before anything of it was measured.
    RuleState.@Nullable Cost cost(String ruleId) {
        return costs.get(ruleId);
    }

    /// Takes the figures of now.
    void look() {
        RuleLimits now = limits.get();
        Sample first = sample(now.over().toMillis());
        long millis = clock.millis() - first.atMillis();
        boolean isLongEnough = millis >= now.over().toMillis();
        long seen = Math.max(1, events.getAsLong());
        Map<String, RuleState.Cost> found = new HashMap<>();
        spent.forEach((rule, nanos) -> {
            long more = nanos - first.nanos().getOrDefault(rule, 0L);
            double percent = millis == 0 ? 0 : 100.0 * more / (millis * NANOS_PER_MILLI);
            if (nanos > 0) {
                boolean tooMuch =
                        isLongEnough && percent >= now.corePercent() && withoutDearestLook(rule) >= now.corePercent();
                found.put(rule, new RuleState.Cost((double) nanos / seen, percent, tooMuch));
            }
        });
        costs = Map.copyOf(found);
        found.forEach((rule, cost) -> name(rule, cost, now));
    }

    /// Adds up what was spent, and returns how it was at the begin of the time that is looked at.
    private Sample sample(long overMillis) {
        long at = clock.millis();
        for (RuleStatistics each : statistics.get()) {
            // Counters begin anew when the rules are replaced.
            long before = lastNanos.getOrDefault(each.ruleId(), 0L);
            long more = each.costNanos() >= before ? each.costNanos() - before : each.costNanos();
            lastNanos.put(each.ruleId(), each.costNanos());
            spent.merge(each.ruleId(), more, Long::sum);
        }
        samples.addLast(new Sample(at, Map.copyOf(spent)));
        while (samples.size() > 2 && at - second().atMillis() >= overMillis) {
            samples.removeFirst();
        }
        return samples.getFirst();
    }

    /// Percent of a core that a rule takes, but for the look in which it took most; with one look, percent in that.
    private double withoutDearestLook(String rule) {
        long dearest = 0;
        long dearestMillis = 0;
        Sample before = samples.getFirst();
        for (Sample sample : samples) {
            long took = sample.nanos().getOrDefault(rule, 0L) - before.nanos().getOrDefault(rule, 0L);
            if (took > dearest && samples.size() > 2) {
                dearest = took;
                dearestMillis = sample.atMillis() - before.atMillis();
            }
            before = sample;
        }
        Sample first = samples.getFirst();
        long nanos = before.nanos().getOrDefault(rule, 0L) - first.nanos().getOrDefault(rule, 0L) - dearest;
        long millis = before.atMillis() - first.atMillis() - dearestMillis;
        return millis <= 0 ? 0 : 100.0 * nanos / (millis * NANOS_PER_MILLI);
    }

    private Sample second() {
        Iterator<Sample> all = samples.iterator();
        all.next();
        return all.next();
    }

    private void name(String rule, RuleState.Cost cost, RuleLimits now) {
        if (!cost.costly()) {
            named.remove(rule);
            return;
        }
        if (named.add(rule)) {
            LOG.log(
                    Logger.Level.WARNING,
                    "a rule takes more of the correlator than it may; make its condition cheaper or raise corePercent"
                            + " of the rule-limits [rule={0}, corePercent={1}, limit={2}]",
                    rule,
                    String.format(Locale.ROOT, "%.1f", cost.corePercent()),
                    now.corePercent());
        }
        if (now.quarantine()) {
            costly.accept(rule, cost);
        }
    }

    /// OpenMetrics text: the rules that cost most, and those that cost too much.
    ///
    /// @param quarantined rules that are stopped
    String metrics(Set<String> quarantined) {
        StringBuilder text = new StringBuilder("""
                # TYPE tocsin_rule_core_percent gauge
                # HELP tocsin_rule_core_percent What the dearest rules take of one core.
                """);
        List<Map.Entry<String, RuleState.Cost>> dearest = new ArrayList<>(costs.entrySet());
        dearest.sort(Comparator.comparingDouble((Map.Entry<String, RuleState.Cost> each) ->
                        each.getValue().corePercent())
                .reversed()
                .thenComparing(Map.Entry::getKey));
        dearest = dearest.subList(0, Math.min(NAMED_IN_METRICS, dearest.size()));
        dearest.forEach(each -> line(
                text,
                "tocsin_rule_core_percent",
                each.getKey(),
                String.format(Locale.ROOT, "%.4f", each.getValue().corePercent())));
        text.append("""
                # TYPE tocsin_rule_costly gauge
                # HELP tocsin_rule_costly 1 for a rule that takes too much, 2 for one in quarantine.
                """);
        dearest.stream()
                .filter(each -> each.getValue().costly() && !quarantined.contains(each.getKey()))
                .forEach(each -> line(text, "tocsin_rule_costly", each.getKey(), "1"));
        quarantined.stream().sorted().forEach(rule -> line(text, "tocsin_rule_costly", rule, "2"));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String rule, String value) {
        text.append(name)
                .append("{rule=\"")
                .append(rule.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
                .append("\"} ")
                .append(value)
                .append('\n');
    }
}
