package io.tocsin.pipeline.enrich;

import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.Condition;
import io.tocsin.pipeline.stage.OpenEvent;
import io.tocsin.pipeline.stage.Outcome;
import io.tocsin.pipeline.stage.Stage;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Runs the enrichments of one lane in their order.
///
/// An event that needs an answer stops at the enrichment that asked and goes on from there in [#finish]; later
/// enrichments ask for what they can at once, so that answers come in parallel. All events of a batch together wait
/// no longer than the time limit.
///
/// Thread-safety: one thread at a time.
final class EnrichStage implements Stage {
    /// One event in so many is timed.
    private static final int SAMPLE = 32;

    /// An enrichment with its condition.
    private record Step(EnrichmentStep step, @Nullable CompiledCondition when, EnrichmentCounters counters) {
        boolean isFor(OpenEvent event) {
            return when == null || when.test(event.read());
        }
    }

    /// An event that waits at a step.
    private record Waiting(long sequence, int step) {}

    private final Step[] steps;
    private final boolean slow;
    private final long limitNanos;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long deadlineNanos;
    private int sampled;

    EnrichStage(List<OpenRule> rules, long limitNanos) {
        this.steps = rules.stream()
                .map(rule -> new Step(
                        rule.open().create(),
                        rule.when() == null ? null : rule.when().compile(),
                        rule.counters()))
                .toArray(Step[]::new);
        this.slow = Arrays.stream(steps).anyMatch(step -> step.step.isSlow());
        this.limitNanos = limitNanos;
    }

    @Override
    public boolean mayWait() {
        return slow;
    }

    @Override
    public Outcome process(OpenEvent event) {
        boolean timed = ++sampled % SAMPLE == 0;
        for (int i = 0; i < steps.length; i++) {
            Step step = steps[i];
            if (step.isFor(event) && !apply(step, event, timed)) {
                waiting.addLast(new Waiting(event.read().sequence(), i));
                askBehind(event, i);
                return Outcome.WAITING;
            }
        }
        return Outcome.PASS;
    }

    private static boolean apply(Step step, OpenEvent event, boolean timed) {
        long start = timed ? System.nanoTime() : 0;
        boolean done;
        try {
            done = step.step.apply(event);
        } catch (RuntimeException e) {
            // One enrichment that fails must not cost the event those behind it.
            step.counters.error();
            step.counters.mark(event, String.valueOf(e.getClass().getSimpleName()));
            done = true;
        }
        if (timed) {
            step.counters.addNanos((System.nanoTime() - start) * SAMPLE);
        }
        return done;
    }

    private void askBehind(OpenEvent event, int at) {
        for (int i = at + 1; i < steps.length; i++) {
            if (steps[i].step.isSlow() && steps[i].isFor(event)) {
                steps[i].step.ask(event);
            }
        }
    }

    @Override
    public void await() throws InterruptedException {
        deadlineNanos = System.nanoTime() + limitNanos;
        for (Step step : steps) {
            long start = System.nanoTime();
            step.step.await(deadlineNanos);
            step.counters.addNanos(System.nanoTime() - start);
        }
    }

    @Override
    public Outcome finish(OpenEvent event) {
        long sequence = event.read().sequence();
        Waiting entry = waiting.pollFirst();
        while (entry != null && entry.sequence != sequence) {
            entry = waiting.pollFirst();
        }
        if (entry == null) {
            return Outcome.PASS;
        }
        try {
            steps[entry.step].step.finish(event, deadlineNanos);
            for (int i = entry.step + 1; i < steps.length; i++) {
                Step step = steps[i];
                if (step.isFor(event) && !apply(step, event, false)) {
                    step.step.finish(event, deadlineNanos);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return Outcome.PASS;
    }

    /// A running enrichment and when it is used.
    record OpenRule(OpenEnrichment open, @Nullable Condition when, EnrichmentCounters counters) {}
}
