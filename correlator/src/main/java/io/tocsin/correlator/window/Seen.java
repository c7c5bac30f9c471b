package io.tocsin.correlator.window;

import java.util.List;
import java.util.Map;

/// Which selectors must have accepted an occurrence within the window: an expression over their
/// numbers. Immutable.
public sealed interface Seen {
    /// Selector `number` has accepted one.
    record Selector(int number) implements Seen {}

    record All(List<Seen> parts) implements Seen {
        public All {
            parts = List.copyOf(parts);
        }
    }

    record Any(List<Seen> parts) implements Seen {
        public Any {
            parts = List.copyOf(parts);
        }
    }

    record Not(Seen part) implements Seen {}

    /// @param selectors bit i is set when selector i has accepted one
    default boolean holds(long selectors) {
        return switch (this) {
            case Selector selector -> (selectors & (1L << selector.number())) != 0;
            case All all -> {
                // No streams: this is asked for each event that a rule counts.
                boolean holds = true;
                for (int i = 0; i < all.parts().size() && holds; i++) {
                    holds = all.parts().get(i).holds(selectors);
                }
                yield holds;
            }
            case Any any -> {
                boolean holds = false;
                for (int i = 0; i < any.parts().size() && !holds; i++) {
                    holds = any.parts().get(i).holds(selectors);
                }
                yield holds;
            }
            case Not not -> !not.part().holds(selectors);
        };
    }

    /// True when it speaks of a selector.
    default boolean asks(int number) {
        return switch (this) {
            case Selector selector -> selector.number() == number;
            case All all -> all.parts().stream().anyMatch(part -> part.asks(number));
            case Any any -> any.parts().stream().anyMatch(part -> part.asks(number));
            case Not not -> not.part().asks(number);
        };
    }

    /// The same of selectors with other numbers.
    ///
    /// @param numbers the new number of each selector that it speaks of
    default Seen renumbered(Map<Integer, Integer> numbers) {
        return switch (this) {
            case Selector selector -> new Selector(numbers.getOrDefault(selector.number(), selector.number()));
            case All all ->
                new All(all.parts().stream()
                        .map(part -> part.renumbered(numbers))
                        .toList());
            case Any any ->
                new Any(any.parts().stream()
                        .map(part -> part.renumbered(numbers))
                        .toList());
            case Not not -> new Not(not.part().renumbered(numbers));
        };
    }
}
