package io.tocsin.core.rule;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A rule as a correlator has loaded it.
///
/// @param kind `simple`, `standard`, `operational`, `absence` or `correlation`
/// @param priority 1 low to 4 critical
/// @param hits since the correlator started
/// @param lastHit epoch ms, null when it never fired
/// @param mitre technique and tactic identifiers, e.g. `T1110`
/// @param file where it is written
/// @param line from 1
/// @param enabled false while it is in quarantine
/// @param segmentations what divides its hits into alerts, in the order in which they are asked
/// @param work what it holds and has left out
/// @param coverage whether it can fire
/// @param cost what it costs; null before enough events were measured
/// @param quarantine why it does not run, or null
public record RuleState(
        String id,
        String name,
        String kind,
        Source source,
        int priority,
        boolean enabled,
        long hits,
        @Nullable Long lastHit,
        List<String> mitre,
        String file,
        int line,
        List<String> segmentations,
        Work work,
        Coverage coverage,
        @Nullable Cost cost,
        @Nullable Quarantine quarantine) {
    public RuleState {
        mitre = List.copyOf(mitre);
        segmentations = List.copyOf(segmentations);
    }

    /// Counters since the correlator started.
    ///
    /// @param keys keys held now
    /// @param heldBytes about how much memory they take
    /// @param evictedKeys keys forgotten before their time because memory was short: hits may be missing
    /// @param lateEvents events that came later than its lateness and were left out
    /// @param rateLimited hits kept back by its rate limit
    public record Work(int keys, long heldBytes, long evictedKeys, long lateEvents, long rateLimited) {
        public static final Work NONE = new Work(0, 0, 0, 0, 0);
    }

    /// Whether a rule can fire, as far as was seen since the correlator started.
    ///
    /// @param missing fields that it needs and that no event of its source had
    /// @param sourceEvents events of its source among those observed
    /// @param lastSource time of the last of them, epoch ms, null for none
    /// @param observedPercent of all events were looked at; less than 100 under heavy load
    public record Coverage(
            State state,
            List<String> missing,
            long sourceEvents,
            @Nullable Long lastSource,
            double observedPercent) {
        public Coverage {
            missing = List.copyOf(missing);
        }

        /// How it is.
        public enum State {
            CAN_FIRE,
            /// A field without which it cannot hold was never there.
            STARVED,
            /// No event came from where it looks.
            SOURCE_SILENT;

            @JsonValue
            String text() {
                return name().toLowerCase(Locale.ROOT).replace('_', '-');
            }
        }
    }

    /// What a rule costs, from samples.
    ///
    /// @param nanosPerEvent of all events, not only of those it looks at
    /// @param corePercent of one core, over the last minute
    /// @param costly more than the limit
    public record Cost(double nanosPerEvent, double corePercent, boolean costly) {}

    /// A rule that was stopped because it cost too much.
    ///
    /// @param since epoch ms
    public record Quarantine(long since, String reason) {}

    /// The language that a rule is written in.
    public enum Source {
        OWN,
        SIGMA;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
