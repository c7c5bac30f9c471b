package io.tocsin.correlator.engine;

import io.tocsin.correlator.function.Scope;
import io.tocsin.correlator.rule.ActionEnrichment;
import io.tocsin.correlator.rule.Categorization;
import io.tocsin.correlator.rule.RuleAction;
import io.tocsin.correlator.window.Occurrence;
import io.tocsin.correlator.window.Trigger;
import io.tocsin.correlator.window.WindowKey;
import io.tocsin.correlator.window.WindowListener;
import io.tocsin.event.DynamicKind;
import io.tocsin.event.Field;
import io.tocsin.expression.FieldReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns what the windows of one rule find into correlation events, as the actions of the rule say, and
/// hands it on to the rules that this one feeds.
///
/// Thread-safety: one thread.
final class Announcer implements WindowListener {
    /// Stands for the number of a trigger in what is said of suppressed ones.
    private static final int SUPPRESSED = -1;

    private final RuleRuntime runtime;
    private final CorrelationWriter writer;
    private final SlidingRules sliding;
    private final @Nullable StrictRules strict;
    private final long receivedNanos;
    private final Correlations out;
    private final boolean apart;

    /// @param strict the rules to which this one belongs when it is strict, else null
    /// @param receivedNanos reception time of the event that is being processed
    Announcer(
            RuleRuntime runtime,
            CorrelationWriter writer,
            SlidingRules sliding,
            @Nullable StrictRules strict,
            long receivedNanos,
            Correlations out) {
        this(runtime, writer, sliding, strict, receivedNanos, out, false);
    }

    private Announcer(
            RuleRuntime runtime,
            CorrelationWriter writer,
            SlidingRules sliding,
            @Nullable StrictRules strict,
            long receivedNanos,
            Correlations out,
            boolean apart) {
        this.apart = apart;
        this.runtime = runtime;
        this.writer = writer;
        this.sliding = sliding;
        this.strict = strict;
        this.receivedNanos = receivedNanos;
        this.out = out;
    }

    /// The same for an event of a source whose clock is apart.
    Announcer apart() {
        return new Announcer(runtime, writer, sliding, strict, receivedNanos, out, true);
    }

    /// The same for another rule.
    Announcer of(RuleRuntime other) {
        return new Announcer(other, writer, sliding, strict, receivedNanos, out);
    }

    /// Tells a hit of a simple or operational rule.
    ///
    /// @param scope what expressions of the action see
    void simple(RuleAction action, Trigger trigger, Scope scope) {
        Occurrence occurrence = trigger.kept().getFirst();
        tell(action, new WindowKey(occurrence.idHigh(), occurrence.idLow(), 0), trigger, Hit.Change.NEW, scope);
    }

    @Override
    public void triggered(WindowKey key, Trigger trigger, boolean amended) {
        Hit.Change change = amended ? Hit.Change.AMENDED : Hit.Change.NEW;
        tell(runtime.rule.kind().action(trigger.number()), key, trigger, change, writer.scope(runtime, trigger));
        sliding.feed(runtime, key, trigger, change, this);
    }

    private void tell(RuleAction action, WindowKey key, Trigger trigger, Hit.Change change, Scope scope) {
        if (action.isNothing()) {
            return;
        }
        StrictRules order = strict;
        boolean isApart = apart || key.timeline() != 0;
        long actedMillis = order != null && isApart ? order.reachedMillis() : trigger.lastMillis();
        Map<FieldReference, String> additions = order == null
                ? Map.of()
                : order.operate(action, scope, actedMillis, change != Hit.Change.NEW, receivedNanos, out);
        if (!action.output()) {
            return;
        }
        if (change == Hit.Change.NEW) {
            if (!runtime.rateLimit.allows(actedMillis)) {
                return;
            }
            runtime.hits++;
            runtime.lastHitMillis = Math.max(runtime.lastHitMillis, trigger.lastMillis());
        }
        Map<FieldReference, String> all = new LinkedHashMap<>(additions);
        for (ActionEnrichment each : action.enrichment()) {
            String value = each.value().evaluate(scope).text();
            if (!value.isEmpty()) {
                all.put(each.field(), value);
            }
        }
        for (Categorization each : action.categories()) {
            List<String> asset = scope.values(each.asset());
            if (!asset.isEmpty()) {
                all.put(
                        FieldReference.of(DynamicKind.EXTRA, each.add() ? "CategoryAdded" : "CategoryRemoved"),
                        asset.getFirst() + " " + each.category());
            }
        }
        writer.write(runtime, key, trigger, change, action.alert(), all, receivedNanos, out);
        // What is amended was told to the other rules before.
        if (action.loop() && order != null && change == Hit.Change.NEW) {
            order.loop(runtime, out.events(), out.events().count() - 1, actedMillis);
        }
    }

    @Override
    public void retracted(WindowKey key, long windowStartMillis, int number, long lastMillis, int total) {
        RuleAction action = runtime.rule.kind().action(number);
        Trigger gone = new Trigger(
                windowStartMillis, number, windowStartMillis, lastMillis, total, new int[] {total}, List.of());
        sliding.feed(runtime, key, gone, Hit.Change.RETRACTED, this);
        if (action.output()) {
            writer.write(runtime, key, gone, Hit.Change.RETRACTED, action.alert(), Map.of(), receivedNanos, out);
        }
    }

    @Override
    public void settledEarly() {
        runtime.settledEarly++;
    }

    /// Says how many hits of a second were not told.
    void suppressed(long secondEndMillis, int count) {
        long start = secondEndMillis - 1_000;
        String message = runtime.rule.title() + ": " + count
                + " further hits within one second are not told, the rule's" + " limit is " + runtime.rateLimit.limit();
        writer.write(
                runtime,
                new WindowKey(0, 0, 0),
                new Trigger(
                        start,
                        SUPPRESSED,
                        start,
                        secondEndMillis - 1,
                        count,
                        new int[runtime.rule.selectors().size()],
                        List.of()),
                Hit.Change.NEW,
                false,
                Map.of(FieldReference.of(Field.MESSAGE), message),
                receivedNanos,
                out);
    }
}
