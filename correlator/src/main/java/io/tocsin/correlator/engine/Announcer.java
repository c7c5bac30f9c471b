package io.tocsin.correlator.engine;

import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowListener;
import java.util.List;

/// Turns what the windows of one rule find into correlation events, as the actions of the rule say, and hands it
/// on to the rules that this one feeds.
///
/// Thread-safety: one thread.
final class Announcer implements WindowListener {
    private final RuleRuntime runtime;
    private final CorrelationWriter writer;
    private final SlidingRules sliding;
    private final long receivedNanos;
    private final Correlations out;

    /// @param receivedNanos reception time of the event that is being processed
    Announcer(
            RuleRuntime runtime, CorrelationWriter writer, SlidingRules sliding, long receivedNanos, Correlations out) {
        this.runtime = runtime;
        this.writer = writer;
        this.sliding = sliding;
        this.receivedNanos = receivedNanos;
        this.out = out;
    }

    /// The same for another rule.
    Announcer of(RuleRuntime other) {
        return new Announcer(other, writer, sliding, receivedNanos, out);
    }

    /// Tells a hit of a simple rule.
    void simple(RuleAction action, Trigger trigger) {
        Occurrence occurrence = trigger.kept().getFirst();
        if (action.output()) {
            hit(trigger);
            writer.write(
                    runtime,
                    new WindowKey(occurrence.idHigh(), occurrence.idLow(), 0),
                    trigger,
                    Hit.Change.NEW,
                    action.alert(),
                    receivedNanos,
                    out);
        }
    }

    @Override
    public void triggered(WindowKey key, Trigger trigger, boolean amended) {
        RuleAction action = action(trigger.number());
        Hit.Change change = amended ? Hit.Change.AMENDED : Hit.Change.NEW;
        if (action.output()) {
            if (!amended) {
                hit(trigger);
            }
            writer.write(runtime, key, trigger, change, action.alert(), receivedNanos, out);
        }
        sliding.feed(runtime, key, trigger, change, this);
    }

    @Override
    public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {
        RuleAction action = action(number);
        Trigger gone = new Trigger(
                windowStartMillis, number, windowStartMillis, lastMillis, total, new int[] {total}, List.of());
        sliding.feed(runtime, key, gone, Hit.Change.RETRACTED, this);
        if (action.output()) {
            writer.write(runtime, key, gone, Hit.Change.RETRACTED, action.alert(), receivedNanos, out);
        }
    }

    @Override
    public void settledEarly() {
        runtime.settledEarly++;
    }

    private void hit(Trigger trigger) {
        runtime.hits++;
        runtime.lastHitMillis = Math.max(runtime.lastHitMillis, trigger.lastMillis());
    }

    private RuleAction action(int number) {
        return switch (runtime.rule.kind()) {
            case RuleKind.Simple simple -> simple.onEveryEvent();
            case RuleKind.Standard standard -> number == 1 ? standard.onFirst() : standard.onSubsequent();
            case RuleKind.Sliding kind -> number == 1 ? kind.onFirst() : kind.onSubsequent();
        };
    }
}
