package io.tocsin.correlator.window;

import java.util.List;

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
}
