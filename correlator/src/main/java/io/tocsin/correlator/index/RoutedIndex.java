package io.tocsin.correlator.index;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Many filters, arranged by where events come from: for each route (see [Router]) an index of its own that holds
/// what is left of the filters there, made when the first event of the route comes. Routes with the same filters
/// share one. So an event is compared only with filters that are meant for its kind.
///
/// Add filters, [#build()], then make an evaluation.
///
/// Thread-safety: one thread.
public final class RoutedIndex {
    /// With fewer filters one index serves all.
    private static final int MINIMUM_FILTERS = 64;
    /// More routes than this go through the index of all filters: nobody can fill the memory with
    /// strange events.
    private static final int MAXIMUM_ROUTES = 4_096;

    private static final int MAXIMUM_INDEXES = 512;

    private final FieldTable fields;
    private final FilterIndex whole;
    private final List<Filter> filters = new ArrayList<>();
    private final Map<Long, Part> parts = new HashMap<>();
    private final Map<List<Numbered>, Part> shared = new HashMap<>();
    private @Nullable Router router;

    /// @param number of a filter
    private record Numbered(int number, Filter filter) {}

    /// The filters of a route.
    ///
    /// Thread-safety: one thread.
    static final class Part {
        private final int[] numbers;
        private FilterIndex index;

        Part(int[] numbers, FilterIndex index) {
            this.numbers = numbers;
            this.index = index;
        }

        /// Numbers of the filters in ascending order.
        int[] numbers() {
            return numbers;
        }

        FilterIndex index() {
            return index;
        }

        /// Arranges the filters by what events have shown.
        FilterIndex learn(HitRates rates) {
            index = index.relearned(rates);
            return index;
        }
    }

    /// @param fields the fields of these filters; others may be numbered in it before [#build()]
    public RoutedIndex(FieldTable fields) {
        this.fields = fields;
        whole = new FilterIndex(fields);
    }

    /// Adds a filter.
    ///
    /// @return its number; an evaluation reports matches in ascending order of numbers
    public int add(Filter filter) {
        Filter guarded = whole.guarded(filter);
        filters.add(guarded);
        return whole.add(guarded);
    }

    public void build() {
        if (filters.size() >= MINIMUM_FILTERS) {
            Router made = new Router(filters, fields);
            router = made.fields().isEmpty() ? null : made;
        }
        whole.build();
    }

    /// What is needed to evaluate events. Evaluations of one index belong to one thread.
    public RoutedEvaluation newEvaluation() {
        return new RoutedEvaluation(this, whole.newEvaluation());
    }

    @Nullable
    Router router() {
        return router;
    }

    /// The filters of a route, null when they are those of all.
    @Nullable
    Part part(long route) {
        Part known = parts.get(route);
        if (known != null || parts.size() >= MAXIMUM_ROUTES) {
            return known;
        }
        Router routes = router;
        if (routes == null) {
            return null;
        }
        List<Numbered> left = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            Filter rest = routes.rest(filters.get(i), route);
            if (!rest.equals(Filter.FALSE)) {
                left.add(new Numbered(i, rest));
            }
        }
        Part made = shared.get(left);
        if (made == null) {
            if (shared.size() >= MAXIMUM_INDEXES) {
                return null;
            }
            FilterIndex index = new FilterIndex(fields);
            left.forEach(each -> index.add(each.filter()));
            index.buildOver(whole);
            made = new Part(left.stream().mapToInt(Numbered::number).toArray(), index);
            shared.put(left, made);
        }
        parts.put(route, made);
        return made;
    }

    /// Number of filters.
    public int size() {
        return filters.size();
    }

    /// Number of distinct tests in all filters.
    public int testCount() {
        return whole.testCount();
    }

    /// Number of filters that every event is tried against when its route is not known.
    public int alwaysCount() {
        return whole.alwaysCount();
    }

    /// The fields by which events are told apart first; empty when there are few filters.
    public List<FieldReference> routingFields() {
        Router routes = router;
        return routes == null ? List.of() : routes.fields();
    }

    /// Number of indexes made so far, without that of all filters.
    public int indexCount() {
        return shared.size();
    }
}
