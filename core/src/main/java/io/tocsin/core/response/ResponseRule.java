package io.tocsin.core.response;

import com.fasterxml.jackson.annotation.JsonValue;
import io.tocsin.config.Position;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.expression.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What is done when something is found, as written by its owner. Immutable.
///
/// @param position where it is written
/// @param enabled false: nothing fires it
/// @param attempts for kinds that try again
/// @param pause before the second attempt; doubles with each further one
public record ResponseRule(
        String name,
        Position position,
        String description,
        boolean enabled,
        Match match,
        Limits limits,
        int attempts,
        Duration pause,
        ResponseAction action) {
    /// Which findings fire it.
    ///
    /// @param rules ids or names of rules, empty for all
    /// @param priority least priority, 1 to 4
    /// @param tenants empty for all
    /// @param events which correlation events
    public record Match(
            List<String> rules,
            int priority,
            List<String> tenants,
            @Nullable Condition filter,
            Events events) {
        public Match {
            rules = List.copyOf(rules);
            tenants = List.copyOf(tenants);
        }

        /// What can be told without looking into the event.
        boolean mayFit(CorrelationHit hit) {
            return events != Events.NONE
                    && (events == Events.ALL || !hit.noAlert())
                    && hit.priority() >= priority
                    && (rules.isEmpty() || rules.contains(hit.ruleId()) || rules.contains(hit.ruleName()));
        }

        /// The rest.
        boolean fits(LazyEvent event) {
            return (tenants.isEmpty() || tenants.contains(event.tenant()))
                    && (filter == null || filter.compile().test(event.event()));
        }
    }

    /// Correlation events that fire it.
    public enum Events {
        /// Those that make an alert or join one.
        ALERTS,
        /// Those that make none, too.
        ALL,
        /// None: only people run it.
        NONE;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How much of it there may be.
    ///
    /// @param mostRuns within the time; more are suppressed
    /// @param concurrent runs side by side
    /// @param waiting runs that may wait; more are suppressed
    public record Limits(int mostRuns, Duration within, int concurrent, int waiting) {}
}
