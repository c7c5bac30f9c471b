package io.tocsin.app.up;

import io.tocsin.event.Event;
import io.tocsin.expression.CompiledCondition;
import io.tocsin.expression.Condition;
import io.tocsin.expression.InvalidConditionException;
import org.jspecify.annotations.Nullable;

/// A condition as somebody who watches typed it.
///
/// Thread-safety: one thread.
final class EventMatcher {
    private final @Nullable CompiledCondition condition;

    private EventMatcher(@Nullable CompiledCondition condition) {
        this.condition = condition;
    }

    /// @param text of the condition language; blank for all events
    /// @throws io.tocsin.core.search.InvalidConditionException when it does not parse, with the place of the first
    ///     mistake
    static EventMatcher of(String text) {
        if (text.isBlank()) {
            return new EventMatcher(null);
        }
        try {
            return new EventMatcher(Condition.parse(text).compile());
        } catch (InvalidConditionException e) {
            throw new io.tocsin.core.search.InvalidConditionException(
                    String.valueOf(e.getMessage()),
                    e.problems().getFirst().line(),
                    e.problems().getFirst().column());
        }
    }

    boolean test(Event event) {
        return condition == null || condition.test(event);
    }
}
