package io.tocsin.pipeline.topology;

import io.tocsin.pipeline.transport.log.LogPosition;
import org.jspecify.annotations.Nullable;

/// The routes that batches of a collector carry in the node log.
///
/// A collector that holds nothing over writes batches with its name. One that joins or aggregates events first writes
/// what it received with `NAME/held`, which nobody but itself reads, and then what it made of it with `NAME/released`.
public final class Routes {
    private static final String HELD = "/held";
    private static final String RELEASED = "/released";

    private static final String FROM = "/from.";
    private static final String GIVE_OUT = "/all";

    private Routes() {}

    /// What a collector keeps for itself until it knows what becomes of it.
    public static String held(String collector) {
        return collector + HELD;
    }

    /// What the other collector of a pair received, and this one holds.
    ///
    /// @param received the place behind it in the other one's log
    static String heldFrom(String collector, LogPosition received) {
        return collector + FROM + received.recordIndex() + "." + received.sequence() + HELD;
    }

    /// The place behind it in the other one's log, or null when the collector itself received it.
    static @Nullable LogPosition receivedTo(String route, String collector) {
        String start = collector + FROM;
        if (!route.startsWith(start) || !isHeld(route)) {
            return null;
        }
        String[] numbers =
                route.substring(start.length(), route.length() - HELD.length()).split("\\.", 2);
        try {
            return numbers.length < 2 ? null : new LogPosition(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// True when another collector received it.
    static boolean isReceivedElsewhere(String route) {
        return isHeld(route) && route.contains(FROM);
    }

    /// Asks a collector to give out what it holds.
    static String giveOut(String collector) {
        return collector + GIVE_OUT + HELD;
    }

    /// What a collector made of what it had held over.
    static String released(String collector) {
        return collector + RELEASED;
    }

    /// The collector that holds the events of the route; null when they are not held.
    static @Nullable String holder(String route) {
        return isHeld(route) ? route.substring(0, route.indexOf('/')) : null;
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
