package io.tocsin.correlator.detect;

import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.event.EventBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.LongSupplier;

/// Measures what rules cost over given events: all together, and each alone. A rule alone costs what an
/// engine with it takes longer than one without any rule; together rules share most of their work, so
/// the sum of the parts is more
/// than
/// the whole.
public final class RuleCosts {
    /// A rule is measured at least so long.
    private static final long ENOUGH_NANOS = 2_000_000;
    private static final int MOST_ROUNDS = 64;

    /// @param nanosPerEvent that the rule alone adds
    /// @param findings in one round
    public record Row(Rule rule, double nanosPerEvent, long findings) {}

    /// @param events in one round
    /// @param nanosPerEvent of all rules together
    /// @param rows the dearest first
    public record Result(long events, double nanosPerEvent, List<Row> rows) {
        public Result {
            rows = List.copyOf(rows);
        }
    }

    private final List<EventBatch> batches;
    private final LongSupplier nanoClock;
    private final long events;

    private RuleCosts(List<EventBatch> batches, LongSupplier nanoClock) {
        this.batches = batches;
        this.nanoClock = nanoClock;
        this.events = batches.stream().mapToLong(EventBatch::count).sum();
    }

    private record Measured(double nanosPerEvent, long findings) {}

    /// @param batches at least one event
    /// @param nanoClock such as `System::nanoTime`
    public static Result measure(List<Rule> rules, List<EventBatch> batches, LongSupplier nanoClock) {
        RuleCosts costs = new RuleCosts(batches, nanoClock);
        if (costs.events == 0) {
            throw new IllegalArgumentException("nothing can be measured without events");
        }
        Map<String, Rule> byId = new HashMap<>();
        rules.forEach(rule -> byId.put(rule.id(), rule));
        // The first rounds teach the machine; the second ones count.
        costs.run(rules);
        double together = costs.run(rules).nanosPerEvent();
        costs.run(List.of());
        double nothing = costs.run(List.of()).nanosPerEvent();
        List<Row> rows = new ArrayList<>();
        for (Rule rule : rules) {
            SequencedSet<Rule> needed = new LinkedHashSet<>();
            withSources(rule, byId, needed);
            Measured measured = costs.run(List.copyOf(needed));
            rows.add(new Row(rule, Math.max(0, measured.nanosPerEvent() - nothing), measured.findings()));
        }
        rows.sort(Comparator.comparingDouble(Row::nanosPerEvent).reversed());
        return new Result(costs.events, together, rows);
    }

    private static void withSources(Rule rule, Map<String, Rule> byId, SequencedSet<Rule> into) {
        if (rule.kind() instanceof RuleKind.Sliding sliding) {
            for (RuleKind.Input input : sliding.inputs()) {
                Rule source = input.rule() == null ? null : byId.get(input.rule());
                if (source != null && !into.contains(source)) {
                    withSources(source, byId, into);
                }
            }
        }
        into.add(rule);
    }

    /// The fastest of several rounds: what slows a round down is not the rule.
    private Measured run(List<Rule> rules) {
        long spent = 0;
        long fastest = Long.MAX_VALUE;
        long findings = 0;
        Correlations found = new Correlations();
        for (int round = 0; round < MOST_ROUNDS && (spent < ENOUGH_NANOS || round < 3); round++) {
            Engine engine = new Engine(new RuleSet(rules), Engine.Mode.STREAM);
            long begin = nanoClock.getAsLong();
            long hits = 0;
            for (EventBatch batch : batches) {
                engine.process(batch, found);
                hits += found.hits().size();
                found.clear();
            }
            long took = nanoClock.getAsLong() - begin;
            spent += took;
            fastest = Math.min(fastest, took);
            findings = hits;
        }
        return new Measured((double) fastest / events, findings);
    }
}
