package io.tocsin.pipeline.topology;

import org.jspecify.annotations.Nullable;

/// The routes that batches of a collector carry in the node log.
///
/// A collector that holds nothing over writes batches with its name. One that joins or aggregates events first writes
/// what it received with `NAME/held`, which nobody but itself reads, and then what it made of it with `NAME/released`.
public final class Routes {
    private static final String HELD = "/held";
    private static final String RELEASED = "/released";

    private Routes() {}

    /// What a collector keeps for itself until it knows what becomes of it.
    public static String held(String collector) {
        return collector + HELD;
    }

    /// What a collector made of what it had held over.
    static String released(String collector) {
        return collector + RELEASED;
    }

    /// The collector that holds the events of the route; null when they are not held.
    static @Nullable String holder(String route) {
        return isHeld(route) ? route.substring(0, route.length() - HELD.length()) : null;
    }

    /// True when the events of the route are not for anybody yet.
    public static boolean isHeld(String route) {
        return route.endsWith(HELD);
    }

    /// The collector whose destinations take the events of the route; null when nobody may take them yet.
    public static @Nullable String deliverable(String route) {
        if (isHeld(route)) {
            return null;
        }
        return route.endsWith(RELEASED) ? route.substring(0, route.length() - RELEASED.length()) : route;
    }
}
