package io.tocsin.core.response;

import java.time.Duration;

/// How an attempt of a run ended.
///
/// @param outcome one line for people, without secrets
/// @param output what the other side said: output of a script, body of an answer; cut
/// @param pause for [End#LATER]: shortest time until the next attempt, as the other side asks; zero when it does not
record RunResult(End end, String outcome, String output, Duration pause) {
    /// How.
    enum End {
        DONE,
        /// For good: another attempt would end the same.
        FAILED,
        /// Another attempt may do better.
        LATER
    }

    private static final int LONGEST_OUTCOME = 500;

    RunResult {
        outcome = Template.cut(outcome.replaceAll("\\p{Cntrl}+", " ").strip(), LONGEST_OUTCOME);
    }

    static RunResult done(String outcome, String output) {
        return new RunResult(End.DONE, outcome, output, Duration.ZERO);
    }

    static RunResult failed(String outcome, String output) {
        return new RunResult(End.FAILED, outcome, output, Duration.ZERO);
    }

    static RunResult later(String outcome) {
        return new RunResult(End.LATER, outcome, "", Duration.ZERO);
    }
}
