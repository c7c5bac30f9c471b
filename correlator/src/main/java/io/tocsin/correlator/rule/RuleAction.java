package io.tocsin.correlator.rule;

/// What happens when a rule triggers.
///
/// @param output a correlation event is written
/// @param alert the correlation event makes or joins an alert
public record RuleAction(boolean output, boolean alert) {
    /// Nothing happens.
    public static final RuleAction NONE = new RuleAction(false, false);

    /// A correlation event and an alert.
    public static final RuleAction ALERT = new RuleAction(true, true);
}
