package io.tocsin.correlator.rule;

import io.tocsin.correlator.window.SlidingSettings;
import io.tocsin.expression.FieldReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a rule comes from events to hits. Immutable.
public sealed interface RuleKind {
    /// How much longer than the rules that feed it a rule waits for late events.
    long FEED_LATENESS_MILLIS = 30_000;

    /// Each event that the selector accepts is a hit.
    record Simple(RuleAction onEveryEvent) implements RuleKind {}

    /// Each event that the selector accepts changes active lists or context tables. Makes no correlation event.
    record Operational(RuleAction onEveryEvent) implements RuleKind {}

    /// Each event of a starting selector waits for an event of an expected one with the same values of the identical
    /// fields; that none came in time is a hit. Without a starting selector each expected event begins the wait for
    /// the next.
    ///
    /// @param windowMillis how long is waited
    /// @param latenessMillis how late an event may come; a hit is told when the wait is over and this has passed
    /// @param onFirst what happens on the first hit of an episode
    /// @param onSubsequent what happens on each later one
    record Absence(long windowMillis, long latenessMillis, RuleAction onFirst, RuleAction onSubsequent)
            implements RuleKind {}

    /// Events with the same values of the identical fields fill a bucket until every selector has its
    /// number.
    ///
    /// @param windowMillis life of a bucket from its first event
    /// @param latenessMillis how late an event may come and still be put in its place
    /// @param sequence true when a selector counts only after those before it have their numbers
    /// @param keep which events the hit names
    /// @param onFirst what happens on the first full match within a window
    /// @param onSubsequent what happens on each later one
    /// @param onTimeout what happens when the window ends while a full match stands that no recovery has cleared;
    ///     null when nothing does
    record Standard(
            long windowMillis,
            long latenessMillis,
            boolean sequence,
            Keep keep,
            RuleAction onFirst,
            RuleAction onSubsequent,
            @Nullable RuleAction onTimeout)
            implements RuleKind {}

    /// Looks back from each event over a length of time and hits whenever what it finds there, among the events
    /// with the same values of the key fields, is as asked. Each selector is fed by its filter, or by another rule.
    ///
    /// @param timespanMillis how far is looked back
    /// @param latenessMillis how late an event may come and still be put in its place; longer than that of the
    ///     rules that feed this one, because they take back what late events disprove
    /// @param settings what is measured and what it must be
    /// @param inputs one for each selector
    /// @param keep which events the hit names: the last ones
    /// @param onFirst what happens on the first hit of an episode
    /// @param onSubsequent what happens on each later one
    record Sliding(
            long timespanMillis,
            long latenessMillis,
            SlidingSettings settings,
            List<Input> inputs,
            Keep keep,
            RuleAction onFirst,
            RuleAction onSubsequent)
            implements RuleKind {
        public Sliding {
            inputs = List.copyOf(inputs);
        }
    }

    /// Everything that the rule may do, in no particular order.
    default List<RuleAction> actions() {
        return switch (this) {
            case Simple simple -> List.of(simple.onEveryEvent);
            case Operational operational -> List.of(operational.onEveryEvent);
            case Standard standard -> {
                RuleAction timeout = standard.onTimeout;
                yield timeout == null
                        ? List.of(standard.onFirst, standard.onSubsequent)
                        : List.of(standard.onFirst, standard.onSubsequent, timeout);
            }
            case Absence absence -> List.of(absence.onFirst, absence.onSubsequent);
            case Sliding sliding -> List.of(sliding.onFirst, sliding.onSubsequent);
        };
    }

    /// The action for a hit.
    ///
    /// @param number of the trigger within its window or episode; 0 for the end of a window
    default RuleAction action(int number) {
        return switch (this) {
            case Simple simple -> simple.onEveryEvent;
            case Operational operational -> operational.onEveryEvent;
            case Standard standard -> {
                RuleAction timeout = standard.onTimeout;
                yield number == 0
                        ? timeout == null ? RuleAction.NONE : timeout
                        : number == 1 ? standard.onFirst : standard.onSubsequent;
            }
            case Absence absence -> number == 1 ? absence.onFirst : absence.onSubsequent;
            case Sliding sliding -> number == 1 ? sliding.onFirst : sliding.onSubsequent;
        };
    }

    /// Length of the window, 0 for rules without one; milliseconds.
    default long windowLength() {
        return switch (this) {
            case Simple _, Operational _ -> 0;
            case Standard standard -> standard.windowMillis;
            case Absence absence -> absence.windowMillis;
            case Sliding sliding -> sliding.timespanMillis;
        };
    }

    /// Where the occurrences of a selector come from and what is read of them.
    ///
    /// @param rule id of the rule whose hits they are; null when the filter of the selector says it
    /// @param key fields whose values make the key, as many for each selector
    /// @param values fields whose values are counted or computed with
    record Input(@Nullable String rule, List<FieldReference> key, List<FieldReference> values) {
        public Input {
            key = List.copyOf(key);
            values = List.copyOf(values);
        }
    }

    /// Which base events a correlation event names; the others are counted.
    enum Keep {
        FIRST(100),
        LAST(100),
        ALL(10_000);

        private final int maximumEvents;

        Keep(int maximumEvents) {
            this.maximumEvents = maximumEvents;
        }

        public int maximumEvents() {
            return maximumEvents;
        }
    }
}
