package io.tocsin.core.search;

import java.util.function.Consumer;

/// Port: lets someone watch events as they come in.
@FunctionalInterface
public interface EventTail {
    /// A running subscription; closing it ends the calls.
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// Calls `receiver` with each event that meets `condition`, as the text of one JSON object on one line, from
    /// now on. The receiver never blocks and may be called from any thread.
    ///
    /// @param condition text of the condition language; empty for all events
    /// @throws InvalidConditionException when the condition does not parse
    Subscription subscribe(String condition, Consumer<String> receiver);
}
