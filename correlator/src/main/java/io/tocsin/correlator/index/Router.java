package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Knows which few fields say where an event comes from (event log, event id, product, …), because many filters
/// begin with a comparison of them, and what filters are left when the values of these fields are known.
///
/// The values that filters compare a field with are numbered from 1; any other value is 0, no value is -1, and -2
/// stands for several different ones, of which nothing is said. The numbers of all fields together are the **route** of
/// an event.
///
/// Thread-safety: immutable.
final class Router {
    /// What is said of an event when nothing is told apart.
    static final long NO_ROUTE = -1;

    private static final int UNKNOWN = -2;
    private static final int ABSENT = -1;
    private static final int OTHER = 0;
    /// Numbers that stand for no value that filters compare with.
    private static final int SPECIAL = 3;

    private static final int MAXIMUM_FIELDS = 6;
    private static final int MAXIMUM_VALUES = 2_000;
    /// A field takes part when at least one filter in so many begins with it.
    private static final int ONE_IN = 25;

    private final List<FieldReference> fields = new ArrayList<>();
    private final int[] numbers;
    private final List<Map<String, Integer>> values = new ArrayList<>();
    private final ByteTable[] tables;

    Router(List<Filter> filters, FieldTable table) {
        Map<FieldReference, Integer> score = new LinkedHashMap<>();
        for (Filter filter : filters) {
            Set<FieldReference> begins = new HashSet<>();
            for (Filter part : filter instanceof Filter.All all ? all.parts() : List.of(filter)) {
                if (comparesOnly(part)) {
                    addFields(part, begins);
                }
            }
            begins.forEach(field -> score.merge(field, 1, Integer::sum));
        }
        Map<FieldReference, Set<String>> compared = new HashMap<>();
        filters.forEach(filter -> addValues(filter, compared));
        List<FieldReference> best = score.entrySet().stream()
                .filter(entry -> entry.getValue() * ONE_IN >= filters.size())
                .sorted(Comparator.comparingInt((Map.Entry<FieldReference, Integer> entry) -> -entry.getValue())
                        .thenComparing(entry -> entry.getKey().name()))
                .map(Map.Entry::getKey)
                .toList();
        double routes = 1;
        for (FieldReference field : best) {
            Set<String> texts = compared.getOrDefault(field, Set.of());
            if (fields.size() < MAXIMUM_FIELDS
                    && texts.size() <= MAXIMUM_VALUES
                    && routes * (texts.size() + SPECIAL) < 1e18) {
                routes *= texts.size() + SPECIAL;
                Map<String, Integer> ids = new HashMap<>();
                texts.stream().sorted().forEach(text -> ids.put(text, ids.size() + 1));
                fields.add(field);
                values.add(ids);
            }
        }
        numbers = fields.stream().mapToInt(table::numberOf).toArray();
        tables = values.stream().map(Router::table).toArray(ByteTable[]::new);
    }

    private static ByteTable table(Map<String, Integer> ids) {
        Map<ByteTable.ByteText, List<Integer>> entries = ByteTable.entries();
        ids.forEach((text, id) -> ByteTable.put(entries, text.getBytes(StandardCharsets.UTF_8), id));
        return new ByteTable(entries);
    }

    /// True for what the route alone decides: comparisons for equality and for presence.
    private static boolean comparesOnly(Filter filter) {
        return switch (filter) {
            case Filter.All all -> all.parts().stream().allMatch(Router::comparesOnly);
            case Filter.Any any -> any.parts().stream().allMatch(Router::comparesOnly);
            case Filter.Not not -> comparesOnly(not.part());
            case Filter.Leaf _ -> false;
            case Filter.Test test ->
                !(test.field() instanceof FieldReference.AnyField)
                        && !Variable.is(test.field())
                        && (test.match() instanceof Match.Present
                                || (test.match() instanceof Match.Same same && same.ignoreCase()));
        };
    }

    private static void addFields(Filter filter, Set<FieldReference> found) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> addFields(part, found));
            case Filter.Any any -> any.parts().forEach(part -> addFields(part, found));
            case Filter.Not not -> addFields(not.part(), found);
            case Filter.Leaf _ -> {}
            case Filter.Test test -> found.add(test.field());
        }
    }

    private static void addValues(Filter filter, Map<FieldReference, Set<String>> found) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> addValues(part, found));
            case Filter.Any any -> any.parts().forEach(part -> addValues(part, found));
            case Filter.Not not -> addValues(not.part(), found);
            case Filter.Leaf _ -> {}
            case Filter.Test test -> {
                if (test.match() instanceof Match.Same same
                        && same.ignoreCase()
                        && !same.text().isEmpty()) {
                    found.computeIfAbsent(test.field(), absent -> new HashSet<>())
                            .add(folded(same.text()));
                }
            }
        }
    }

    private static String folded(String text) {
        return new String(TestPlanner.lower(text), StandardCharsets.UTF_8);
    }

    /// The fields that make the route.
    List<FieldReference> fields() {
        return List.copyOf(fields);
    }

    /// The route of an event. Never negative.
    long route(EventView view) {
        long route = 0;
        for (int i = 0; i < numbers.length; i++) {
            int cell = view.first(numbers[i]);
            int id = cell == EventView.NONE ? ABSENT : id(view, cell, tables[i]);
            for (int other = cell; id != UNKNOWN && other != EventView.NONE; other = view.next(other)) {
                id = id(view, other, tables[i]) == id ? id : UNKNOWN;
            }
            route = route * (values.get(i).size() + SPECIAL) + id - UNKNOWN;
        }
        return route;
    }

    private static int id(EventView view, int cell, ByteTable table) {
        // The empty text is no other value: filters tell it apart.
        if (view.length(cell) == 0) {
            return UNKNOWN;
        }
        view.prepare(cell);
        int[] known = table.get(view.preparedArray(cell), view.preparedOffset(cell), view.preparedLength(cell));
        return known.length == 0 ? OTHER : known[0];
    }

    /// What is left of a filter for events of this route.
    Filter rest(Filter filter, long route) {
        int[] ids = new int[numbers.length];
        long left = route;
        for (int i = numbers.length - 1; i >= 0; i--) {
            int base = values.get(i).size() + SPECIAL;
            ids[i] = (int) (left % base) + UNKNOWN;
            left /= base;
        }
        return rest(filter, ids);
    }

    private Filter rest(Filter filter, int[] ids) {
        return switch (filter) {
            case Filter.All all -> {
                List<Filter> parts = new ArrayList<>();
                for (Filter part : all.parts()) {
                    Filter rest = rest(part, ids);
                    if (rest.equals(Filter.FALSE)) {
                        yield Filter.FALSE;
                    }
                    if (!rest.equals(Filter.TRUE)) {
                        parts.add(rest);
                    }
                }
                yield parts.isEmpty() ? Filter.TRUE : Filter.all(parts);
            }
            case Filter.Any any -> {
                List<Filter> parts = new ArrayList<>();
                for (Filter part : any.parts()) {
                    Filter rest = rest(part, ids);
                    if (rest.equals(Filter.TRUE)) {
                        yield Filter.TRUE;
                    }
                    if (!rest.equals(Filter.FALSE)) {
                        parts.add(rest);
                    }
                }
                yield parts.isEmpty() ? Filter.FALSE : Filter.any(parts);
            }
            case Filter.Not not -> {
                Filter rest = rest(not.part(), ids);
                yield rest.equals(Filter.TRUE)
                        ? Filter.FALSE
                        : rest.equals(Filter.FALSE) ? Filter.TRUE : Filter.not(rest);
            }
            case Filter.Leaf _ -> filter;
            case Filter.Test test -> rest(test, ids);
        };
    }

    private Filter rest(Filter.Test test, int[] ids) {
        int at = fields.indexOf(test.field());
        if (at < 0) {
            return test;
        }
        int id = ids[at];
        if (id == UNKNOWN) {
            return test;
        }
        boolean absent = id == ABSENT;
        return switch (test.match()) {
            case Match.Present _ -> absent ? Filter.FALSE : Filter.TRUE;
            case Match.Same same when same.text().isEmpty() -> absent ? Filter.TRUE : Filter.FALSE;
            case Match.Same same
            when same.ignoreCase() ->
                id > 0 && id == values.get(at).getOrDefault(folded(same.text()), -2) ? Filter.TRUE : Filter.FALSE;
            default -> absent ? Filter.FALSE : test;
        };
    }
}
