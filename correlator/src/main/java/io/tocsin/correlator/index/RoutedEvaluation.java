package io.tocsin.correlator.index;

import io.tocsin.event.EventBatch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Evaluates one event after another against a [RoutedIndex], as [Evaluation] does against a
/// [FilterIndex].
///
/// Thread-safety: one thread.
public final class RoutedEvaluation {
    /// So many events show what is common.
    private static final int LEARNED_EVENTS = 64;
    /// After so many events it looks again, and so many times as late each time.
    private static final int FIRST_PAUSE = 1_024;

    private static final int PAUSE_GROWS = 4;

    private final RoutedIndex index;
    private final Evaluation whole;
    private final EventView view;
    private final ValueReader values;
    private final @Nullable Router router;
    /// Evaluations by route, open addressing; a null marks an empty place.
    private long[] routes = new long[256];

    private @Nullable Route[] known = new Route[256];
    private int knownCount;
    private final Map<RoutedIndex.Part, Route> made = new HashMap<>();
    private final Route any;
    private Route current;

    /// Where an evaluation of one route has come. The first events of a route, and again some of its later ones, show
    /// which tests are true often, and its index is arranged anew by that. What is found does not depend on it.
    ///
    /// Thread-safety: one thread.
    private final class Route {
        private final RoutedIndex.@Nullable Part part;
        private Evaluation evaluation;
        /// What was learned so far.
        private @Nullable HitRates rates;

        private boolean isLearning;
        /// Events until it begins or ends to learn.
        private long left;

        private long pause = FIRST_PAUSE;
        /// What evaluations did that were replaced.
        private long evaluatedBefore;

        /// @param part null for the index of all filters, which does not learn
        Route(RoutedIndex.@Nullable Part part, Evaluation evaluation) {
            this.part = part;
            this.evaluation = evaluation;
            left = part == null ? Long.MAX_VALUE : 1;
        }

        /// Moves to the event on which the view stands.
        void evaluate() {
            if (--left == 0) {
                turn();
            }
            evaluation.evaluate();
        }

        private void turn() {
            RoutedIndex.Part learning = part;
            if (learning == null) {
                return;
            }
            HitRates shown = rates;
            if (shown == null) {
                shown = learning.index().newRates();
                rates = shown;
            }
            isLearning = !isLearning;
            if (isLearning) {
                evaluation.learn(shown);
                left = LEARNED_EVENTS;
            } else {
                evaluatedBefore += evaluation.evaluatedFilters();
                evaluation = new Evaluation(learning.learn(shown), view, values);
                shown.forgetValues();
                left = pause;
                pause *= PAUSE_GROWS;
            }
        }

        long evaluated() {
            return evaluatedBefore + evaluation.evaluatedFilters();
        }

        /// The first filter from `from` on that the event fulfils, or -1.
        int nextMatch(int from) {
            RoutedIndex.Part numbered = part;
            if (numbered == null) {
                return evaluation.nextMatch(from);
            }
            int[] numbers = numbered.numbers();
            int place = from;
            if (from > 0) {
                place = Arrays.binarySearch(numbers, from);
                place = place < 0 ? -1 - place : place;
            }
            if (place >= numbers.length) {
                return -1;
            }
            int match = evaluation.nextMatch(place);
            return match < 0 ? -1 : numbers[match];
        }
    }

    RoutedEvaluation(RoutedIndex index, Evaluation whole) {
        this.index = index;
        this.whole = whole;
        view = whole.view();
        values = whole.values();
        router = index.router();
        any = new Route(null, whole);
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
            evaluated += route.evaluated();
        }
        return evaluated;
    }

    public void moveTo(EventBatch batch, int at) {
        view.moveTo(batch, at);
        Router routing = router;
        long route = routing == null ? Router.NO_ROUTE : routing.route(view);
        current = route == Router.NO_ROUTE ? any : find(route);
        current.evaluate();
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
                part, absent -> new Route(absent, new Evaluation(absent.index(), view, values)));
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

    /// Evaluates the filters that may hold for the event once more, for measuring.
    public void measure(LongSupplier nanoClock, FilterCost told) {
        RoutedIndex.Part numbered = current.part;
        current.evaluation.measure(
                nanoClock, numbered == null ? told : (filter, nanos) -> told.took(numbered.numbers()[filter], nanos));
    }

    /// The first filter from `from` on that the event fulfils, or -1.
    public int nextMatch(int from) {
        return current.nextMatch(from);
    }
}
