package io.tocsin.correlator.rule;

/// How a rule comes from events to hits. Immutable.
public sealed interface RuleKind {
    /// Each event that the selector accepts is a hit.
    record Simple(RuleAction onEveryEvent) implements RuleKind {}

    /// Events with the same values of the identical fields fill a bucket until every selector has its number.
    ///
    /// @param windowMillis life of a bucket from its first event
    /// @param latenessMillis how late an event may come and still be put in its place
    /// @param sequence true when a selector counts only after those before it have their numbers
    /// @param keep which events the hit names
    /// @param onFirst what happens on the first full match within a window
    /// @param onSubsequent what happens on each later one
    record Standard(
            long windowMillis,
            long latenessMillis,
            boolean sequence,
            Keep keep,
            RuleAction onFirst,
            RuleAction onSubsequent)
            implements RuleKind {}

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
