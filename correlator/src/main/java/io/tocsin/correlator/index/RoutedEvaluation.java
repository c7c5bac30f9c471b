package io.tocsin.correlator.index;

import io.tocsin.event.EventBatch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Evaluates one event after another against a [RoutedIndex], as [Evaluation] does against a
/// [FilterIndex].
///
/// Thread-safety: one thread.
public final class RoutedEvaluation {
    private final RoutedIndex index;
    private final Evaluation whole;
    private final EventView view;
    private final @Nullable Router router;
    /// Evaluations by route, open addressing; a null marks an empty place.
    private long[] routes = new long[256];

    private @Nullable Route[] known = new Route[256];
    private int knownCount;
    private final Map<FilterIndex, Route> made = new HashMap<>();
    private final Route any;
    private Route current;

    /// @param all true when the filters have the numbers of the whole index
    /// @param numbers of the filters otherwise, by their places in the index of the evaluation
    @SuppressWarnings("ArrayRecordComponent")
    private record Route(boolean all, int[] numbers, Evaluation evaluation) {}

    RoutedEvaluation(RoutedIndex index, Evaluation whole) {
        this.index = index;
        this.whole = whole;
        view = whole.view();
        router = index.router();
        any = new Route(true, new int[0], whole);
        current = any;
    }

    /// The event as texts.
    public EventView view() {
        return view;
    }

    /// Number of filters that were candidates so far, for measuring.
    public long evaluatedFilters() {
        long evaluated = whole.evaluatedFilters();
        for (Route route : made.values()) {
            evaluated += route.evaluation().evaluatedFilters();
        }
        return evaluated;
    }

    public void moveTo(EventBatch batch, int at) {
        view.moveTo(batch, at);
        Router routing = router;
        long route = routing == null ? Router.NO_ROUTE : routing.route(view);
        current = route == Router.NO_ROUTE ? any : find(route);
        current.evaluation().evaluate();
    }

    private Route find(long route) {
        int mask = known.length - 1;
        int place = place(route, mask);
        Route found = known[place];
        while (found != null) {
            if (routes[place] == route) {
                return found;
            }
            place = (place + 1) & mask;
            found = known[place];
        }
        return make(route);
    }

    private Route make(long route) {
        RoutedIndex.Part part = index.part(route);
        if (part == null) {
            return any;
        }
        Route made = this.made.computeIfAbsent(
                part.index(), absent -> new Route(false, part.numbers(), new Evaluation(absent, view)));
        if ((knownCount + 1) * 2 > known.length) {
            long[] oldRoutes = routes;
            @Nullable Route[] old = known;
            routes = new long[oldRoutes.length * 2];
            known = new Route[oldRoutes.length * 2];
            for (int i = 0; i < old.length; i++) {
                Route each = old[i];
                if (each != null) {
                    put(oldRoutes[i], each);
                }
            }
        }
        put(route, made);
        knownCount++;
        return made;
    }

    private void put(long route, Route made) {
        int mask = known.length - 1;
        int place = place(route, mask);
        while (known[place] != null) {
            place = (place + 1) & mask;
        }
        routes[place] = route;
        known[place] = made;
    }

    private static int place(long route, int mask) {
        long mixed = route * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 32) & mask;
    }

    /// The first filter from `from` on that the event fulfils, or -1.
    public int nextMatch(int from) {
        int[] numbers = current.numbers();
        if (current.all()) {
            return current.evaluation().nextMatch(from);
        }
        int place = from;
        if (from > 0) {
            place = Arrays.binarySearch(numbers, from);
            place = place < 0 ? -1 - place : place;
        }
        if (place >= numbers.length) {
            return -1;
        }
        int match = current.evaluation().nextMatch(place);
        return match < 0 ? -1 : numbers[match];
    }
}
