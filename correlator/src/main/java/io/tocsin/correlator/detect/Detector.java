package io.tocsin.correlator.detect;

import io.tocsin.correlator.engine.Correlations;
import io.tocsin.correlator.engine.Engine;
import io.tocsin.correlator.engine.Hit;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.EventBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/// Runs rules over events from files. Events may come in any order: standard rules answer at the end, and exactly.
///
/// Events are told apart by numbers: [#begin] opens an event whose identifier is its number, and detections name
/// the numbers. The caller knows which file and line a number is.
///
/// ```java
/// Detector detector = new Detector(rules, detections::add);
/// long number = detector.begin(batch, origin, timeMillis, raw, 0, raw.length); // then set fields,
/// then commit()
/// detector.process(batch);
/// detector.finish();
/// ```
///
/// Thread-safety: one thread. Several detectors may each see a part of the events in a thread of their own; what has to
/// be counted together is so when one has absorbed the others.
public final class Detector {
    private final Engine engine;
    private final Consumer<Detection> detections;
    private final Correlations found = new Correlations();
    private long nextNumber;

    public Detector(RuleSet rules, Consumer<Detection> detections) {
        this.engine = new Engine(
                new RuleSet(
                        rules.rules().stream().map(Detector::keepAll).toList(), rules.tables(), rules.fixedTables()),
                Engine.Mode.HISTORY);
        this.detections = detections;
    }

    /// Opens the next event in a batch.
    ///
    /// @param timeMillis time of the event, used where no field of it says another; milliseconds since the epoch
    /// @return the number of the event
    public long begin(EventBatch batch, EntryOrigin origin, long timeMillis, byte[] raw, int offset, int length) {
        begin(batch, nextNumber, origin, timeMillis, raw, offset, length);
        return nextNumber++;
    }

    /// Opens an event with a number of its own, where several threads read events. Of events with one time the order
    /// is that of their numbers.
    ///
    /// @param number unique, not negative
    public static void begin(
            EventBatch batch, long number, EntryOrigin origin, long timeMillis, byte[] raw, int offset, int length) {
        EventBuilder builder = batch.builder();
        builder.begin(origin, 0, number, timeMillis * 1_000_000, number, raw, offset, length);
    }

    /// Evaluates all events of a batch. The batch may be cleared and used again afterwards.
    public void process(EventBatch batch) {
        engine.process(batch, found);
        give();
    }

    /// Takes over what another detector of the same rules has seen: as if it had seen those events itself. The other
    /// one is not used any more.
    public void absorb(Detector other) {
        engine.absorb(other.engine);
    }

    /// Says that there are no more events.
    public void finish() {
        engine.finish(found);
        give();
    }

    private void give() {
        for (Hit hit : found.hits()) {
            if (hit.change() != Hit.Change.RETRACTED) {
                List<Long> events = new ArrayList<>();
                for (String id : hit.baseEventIds()) {
                    events.add(UUID.fromString(id).getLeastSignificantBits());
                }
                detections.accept(new Detection(
                        hit.ruleId(),
                        hit.ruleName(),
                        hit.level(),
                        hit.endMillis(),
                        hit.groupValues(),
                        hit.summary(),
                        events));
            }
        }
        found.clear();
    }

    /// The rule with all events kept, as far as memory is bounded at all.
    private static Rule keepAll(Rule rule) {
        return switch (rule.kind()) {
            case RuleKind.Simple _, RuleKind.Operational _, RuleKind.Absence _ -> rule;
            case RuleKind.Standard standard ->
                rule.withKind(new RuleKind.Standard(
                        standard.windowMillis(),
                        standard.latenessMillis(),
                        standard.sequence(),
                        RuleKind.Keep.ALL,
                        standard.onFirst(),
                        standard.onSubsequent(),
                        standard.onTimeout()));
            case RuleKind.Sliding sliding ->
                rule.withKind(new RuleKind.Sliding(
                        sliding.timespanMillis(),
                        sliding.latenessMillis(),
                        sliding.settings(),
                        sliding.inputs(),
                        RuleKind.Keep.ALL,
                        sliding.onFirst(),
                        sliding.onSubsequent()));
        };
    }
}
