package io.tocsin.correlator.run;

import io.tocsin.correlator.checkpoint.StatePart;
import io.tocsin.correlator.detect.RuleCoverage;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.event.EventBatch;

/// Looks which sources and fields there are, so that it can be said whether rules can fire. All events
/// are looked at as long as that takes no more than its share of the time, else one batch in so many.
///
/// Thread-safety: one thread.
final class CoverageObserver {
    /// One part in so many of the time.
    private static final int SHARE = 100;
    private static final long MOST_CREDIT_NANOS = 500_000_000;

    private RuleCoverage observing;
    /// What may be spent, nanoseconds.
    private long creditNanos = MOST_CREDIT_NANOS;

    private long creditedAtNanos = System.nanoTime();

    CoverageObserver(RuleSet rules) {
        observing = new RuleCoverage(rules.rules());
    }

    void observe(EventBatch batch) {
        long begin = System.nanoTime();
        creditNanos = Math.min(MOST_CREDIT_NANOS, creditNanos + (begin - creditedAtNanos) / SHARE);
        creditedAtNanos = begin;
        if (creditNanos > 0) {
            observing.observe(batch);
            creditNanos -= System.nanoTime() - begin;
        } else {
            observing.skip(batch.count());
        }
    }

    /// Goes on with other rules; what was seen of sources and fields stays.
    void replaceRules(RuleSet rules) {
        RuleCoverage now = new RuleCoverage(rules.rules());
        now.takeOver(observing);
        observing = now;
    }

    CorrelatorRunner.Coverage coverage() {
        return new CorrelatorRunner.Coverage(observing.observedEvents(), observing.readEvents(), observing.rows());
    }

    /// What was seen, to be saved.
    StatePart part() {
        return observing;
    }

    void clear() {
        observing.clear();
    }
}
