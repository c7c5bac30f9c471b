package io.tocsin.correlator.detect;

import io.tocsin.config.Position;
import java.util.Locale;

/// Something about a rule that can be used, but hardly means what was meant.
///
/// @param place where the rule is written
/// @param rule its name or id; empty when it is about none
/// @param message what is so, and what to do
public record LintFinding(Kind kind, Position place, String rule, String message) {
    /// What is found, the worst first.
    public enum Kind {
        /// It can never find anything.
        UNREACHABLE,
        /// It finds every event.
        ALWAYS_TRUE,
        /// A name that nothing else uses stands beside one that is nearly the same.
        MISSPELT_FIELD,
        /// It is tried against every event, or its regular expression against every value.
        EXPENSIVE,
        /// Another rule finds the same, or more, and matters as much.
        SHADOWED,
        /// A part of it can never hold.
        DEAD_PART,
        /// A technique or tactic that ATT&CK does not have.
        UNKNOWN_TECHNIQUE,
        /// What divides its findings into alerts is not there, or does not do what it says.
        SEGMENTATION,
        /// What a response does by itself is for a rule that is not there.
        RESPONSE,
        /// What reading the rules told: a filter that narrows nothing, a placeholder without values.
        NOTE;

        /// As it is printed.
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public String toString() {
        return place.source() + ":" + place.line() + ": " + kind.text() + ": " + message
                + (rule.isEmpty() ? "" : " [rule=" + rule + "]");
    }
}
