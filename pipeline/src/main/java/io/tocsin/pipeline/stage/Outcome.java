package io.tocsin.pipeline.stage;

/// What a stage decided about an event. Make those with a reason once, not per event.
///
/// @param reason a few words that stay the same, for counters and the ledger; empty unless the event is dropped
public record Outcome(Kind kind, String reason) {
    /// Where the event goes.
    public enum Kind {
        /// On to the next stage.
        PASS,
        /// Nowhere: somebody does not want it. The ledger counts it as filtered.
        FILTERED,
        /// Nowhere: it could not be kept. The ledger counts it as rejected, by reason.
        REJECTED,
        /// On, but not yet: see [Stage].
        WAITING,
        /// Into the hands of the stage, which makes something else of it later. Only aggregation does.
        HELD
    }

    public static final Outcome PASS = new Outcome(Kind.PASS, "");
    public static final Outcome WAITING = new Outcome(Kind.WAITING, "");

    public static final Outcome HELD = new Outcome(Kind.HELD, "");

    /// The event is dropped because nobody wants it.
    public static Outcome filtered(String reason) {
        return new Outcome(Kind.FILTERED, reason);
    }

    /// The event is dropped because it cannot be kept.
    public static Outcome rejected(String reason) {
        return new Outcome(Kind.REJECTED, reason);
    }
}
