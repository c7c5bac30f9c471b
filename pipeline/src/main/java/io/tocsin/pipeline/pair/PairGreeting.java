package io.tocsin.pipeline.pair;

import java.util.TreeSet;

/// What follows from the greetings of two collectors that have shown each other the secret.
final class PairGreeting {
    private PairGreeting() {}

    /// Why no pair can be made of the two; empty when it can.
    static String reasonToRefuse(PairMessage.Hello mine, PairMessage.Hello his) {
        if (his.node() == mine.node()) {
            return "both have the same data folder, or a copy of it";
        }
        if (his.listens() == mine.listens()) {
            return "one of a pair listens, the other one connects";
        }
        TreeSet<String> different = new TreeSet<>(mine.parts().keySet());
        different.addAll(his.parts().keySet());
        different.removeIf(key -> mine.parts().containsKey(key)
                && mine.parts().get(key).equals(his.parts().get(key)));
        return different.isEmpty()
                ? ""
                : "the two are configured differently [collector=" + mine.collector() + ", different="
                        + String.join(", ", different) + "]: give them the same resources, see tocsin compare";
    }

    /// Whoever holds more stays the keeper: what the other one holds is given out as it stands.
    static boolean isKeeper(PairMessage.Hello mine, PairMessage.Hello his) {
        int order = Long.compare(mine.heldEvents(), his.heldEvents());
        return order > 0 || (order == 0 && mine.listens());
    }
}
