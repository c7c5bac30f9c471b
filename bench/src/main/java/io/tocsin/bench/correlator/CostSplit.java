package io.tocsin.bench.correlator;

import io.tocsin.correlator.index.FieldTable;
import io.tocsin.correlator.index.RoutedEvaluation;
import io.tocsin.correlator.index.RoutedIndex;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.FieldReference;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What the time of an event goes into, in nanoseconds of the processor: taking it apart into the fields that rules
/// mention, scanning it for keys, evaluating the candidates. What is then left of the time of the engine are clocks
/// and, for a hit, writing it down.
///
/// Thread-safety: one thread.
final class CostSplit {
    private final RoutedEvaluation fields;
    private final RoutedEvaluation rules;
    private final List<EventBatch> batches;
    private final long events;
    private final List<List<Double>> times = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private long evaluatedBefore;
    private long eventsCounted;

    /// @param index of these rules
    CostSplit(List<Rule> set, RoutedIndex index, List<EventBatch> batches) {
        this.batches = batches;
        events = batches.stream().mapToLong(EventBatch::count).sum();
        FieldTable table = new FieldTable();
        set.forEach(rule -> rule.selectors().forEach(selector -> number(selector.filter(), table)));
        RoutedIndex empty = new RoutedIndex(table);
        empty.build();
        fields = empty.newEvaluation();
        rules = index.newEvaluation();
    }

    private static void number(Filter filter, FieldTable table) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> number(part, table));
            case Filter.Any any -> any.parts().forEach(part -> number(part, table));
            case Filter.Not not -> number(not.part(), table);
            case Filter.Leaf _ -> {}
            case Filter.Test test -> {
                if (!(test.field() instanceof FieldReference.AnyField)) {
                    table.numberOf(test.field());
                }
            }
        }
    }

    /// Measures once, over all events.
    void round() {
        double apart = time(fields, false);
        double scanned = time(rules, false);
        double evaluated = time(rules, true);
        times.get(0).add(apart);
        times.get(1).add(scanned - apart);
        times.get(2).add(evaluated - scanned);
    }

    /// Forgets what was measured while the code was warming up.
    void forget() {
        times.forEach(List::clear);
        evaluatedBefore = rules.evaluatedFilters();
        eventsCounted = 0;
    }

    private double time(RoutedEvaluation evaluation, boolean evaluates) {
        long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (EventBatch batch : batches) {
            for (int i = 0; i < batch.count(); i++) {
                evaluation.moveTo(batch, i);
                for (int found = evaluates ? evaluation.nextMatch(0) : -1; found >= 0; ) {
                    found = evaluation.nextMatch(found + 1);
                }
            }
        }
        long end = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        eventsCounted += evaluates ? events : 0;
        return (double) (end - begin) / events;
    }

    private double median(int part) {
        List<Double> sorted = times.get(part).stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2);
    }

    private double candidates() {
        return (double) (rules.evaluatedFilters() - evaluatedBefore) / Math.max(1, eventsCounted);
    }

    String shown() {
        return shownMean(List.of(this));
    }

    /// The means of several.
    static String shownMean(List<CostSplit> splits) {
        double[] sums = new double[4];
        for (CostSplit each : splits) {
            for (int i = 0; i < 3; i++) {
                sums[i] += each.median(i);
            }
            sums[3] += each.candidates();
        }
        int count = splits.size();
        return String.format(
                Locale.ROOT,
                "fields %.0f, index %.0f, evaluation %.0f ns, %.2f candidates an event",
                sums[0] / count,
                sums[1] / count,
                sums[2] / count,
                sums[3] / count);
    }
}
