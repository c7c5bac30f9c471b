package io.tocsin.correlator.index;

import io.tocsin.correlator.index.TestPlan.Knowledge;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.FieldReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Many filters as one structure. Add filters, [#build()], then make an [Evaluation].
///
/// An event makes a filter a candidate only through its cover (see [Covers]); filters without one are always
/// candidates. Tests of covers are **keys**: all values are scanned for them. All other tests are asked for by
/// candidates only, so they stand in further indexes of each field, which are scanned when a candidate asks: one for
/// tests of a value's beginning and end, one for those of what it contains, one for short texts that it contains.
///
/// Thread-safety: one thread builds it; afterwards all its evaluations belong to one thread, because they share
/// regular expressions and conditions.
public final class FilterIndex {
    /// How [Evaluation] decides a test: one of the first three, and what it has to scan before.
    static final byte EXACT = 1;

    static final byte POSSIBLE = 2;
    static final byte DIRECT = 4;
    static final byte ANYWHERE = 8;
    /// Tests that are no keys; of those anywhere [#INNER] are words.
    static final byte EDGE = 16;

    static final byte INNER = 32;
    /// Tests that are no keys, of short texts that values contain: what only some candidates ask for shall not slow
    /// the scan for the others.
    static final byte SHORT = 64;

    /// Other keys are taken when an event makes so many filters less candidates with them.
    private static final double LITTLE = 0.02;

    private final FieldTable fields;
    private final Map<Filter.Test, Integer> numbers;
    private final List<Filter.Test> tests;
    private final List<Filter> filters;

    private TestPlanner planner;
    private TestPlan[] plans = {};
    private final FilterCode code = new FilterCode(this::numberOf, this::cost);
    /// Numbers of the tests of each filter's cover, null for a filter without one.
    private int[] @Nullable [] covers = {};
    private int[] roots = {};
    private byte[] modes = {};
    private int[][] filtersOfTest = {};
    private int[] always = {};
    private @Nullable FieldIndex[] keys = {};
    private @Nullable FieldIndex[] edges = {};
    private @Nullable FieldIndex[] inner = {};
    private @Nullable FieldIndex[] shorts = {};
    private final FieldIndex anywhereKeys = new FieldIndex();
    private final FieldIndex anywhereWords = new FieldIndex();
    private final FieldIndex anywhereOthers = new FieldIndex();
    private boolean built;

    /// @param fields the fields of these filters; others may be numbered in it before [#build()]
    public FilterIndex(FieldTable fields) {
        this.fields = fields;
        planner = new TestPlanner(fields);
        numbers = new HashMap<>();
        tests = new ArrayList<>();
        filters = new ArrayList<>();
    }

    /// The same filters and tests, which have the same numbers, arranged by what events have shown.
    private FilterIndex(FilterIndex other, int[] @Nullable [] covers, ValueSample seen) {
        fields = other.fields;
        planner = other.planner;
        numbers = other.numbers;
        tests = other.tests;
        filters = other.filters;
        plans = other.plans;
        make(covers, seen);
    }

    /// A filter that is true for the same events, in which tests that are dear stand behind others that they require.
    Filter guarded(Filter filter) {
        return new RequiredTexts(planner).before(filter);
    }

    /// Adds a filter.
    ///
    /// @return its number; an evaluation reports matches in ascending order of numbers
    public int add(Filter filter) {
        filters.add(filter);
        collect(filter);
        return filters.size() - 1;
    }

    private void collect(Filter filter) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(this::collect);
            case Filter.Any any -> any.parts().forEach(this::collect);
            case Filter.Not not -> collect(not.part());
            case Filter.Leaf _ -> {}
            case Filter.Test test -> {
                numberOf(test);
                if (!(test.field() instanceof FieldReference.AnyField)) {
                    // Tests that nothing indexes are at least not asked when the field is absent.
                    numberOf(new Filter.Test(test.field(), new Match.Present()));
                    fields.numberOf(test.field());
                }
                if (test.match() instanceof Match.Relates relates) {
                    fields.numberOf(relates.other());
                }
            }
        }
    }

    private int numberOf(Filter.Test test) {
        return numbers.computeIfAbsent(test, added -> {
            tests.add(added);
            return tests.size() - 1;
        });
    }

    /// Number of filters.
    public int size() {
        return filters.size();
    }

    /// Number of distinct tests in all filters.
    public int testCount() {
        return tests.size();
    }

    /// Number of filters that every event is tried against, because nothing in them can be indexed.
    public int alwaysCount() {
        return always.length;
    }

    public void build() {
        if (built) {
            throw new IllegalStateException("this index is built already");
        }
        fields.build();
        plan();
    }

    /// Builds it over the fields and the regular expressions of another one that is built.
    void buildOver(FilterIndex other) {
        planner = other.planner;
        plan();
    }

    private void plan() {
        plans = tests.stream().map(planner::plan).toArray(TestPlan[]::new);
        make(covers(null), new ValueSample(fields.size()));
    }

    private int[] @Nullable [] covers(@Nullable HitRates rates) {
        Covers chosen = new Covers(filters, plans, this::numberOf, rates);
        return filters.stream().map(chosen::of).toArray(int[][]::new);
    }

    /// The same filters with keys chosen by what events have shown, where that saves more than little, and texts known
    /// by what seldom stands in their values.
    FilterIndex relearned(HitRates rates) {
        int[] @Nullable [] better = covers(rates);
        boolean saves = candidates(better, rates) + LITTLE < candidates(covers, rates);
        return new FilterIndex(this, saves ? better : covers, rates.sample());
    }

    /// How many filters an event makes candidates, at most, on average.
    private double candidates(int[] @Nullable [] of, HitRates rates) {
        double sum = 0;
        for (int @Nullable [] cover : of) {
            double share = cover == null ? 1 : 0;
            for (int i = 0; cover != null && i < cover.length; i++) {
                TestPlan plan = plans[cover[i]];
                share += plan.knowledge() == Knowledge.DIRECT ? rates.ofField(plan.field()) : rates.ofTest(cover[i]);
            }
            sum += Math.min(1, share);
        }
        return sum;
    }

    /// Counts nothing yet.
    HitRates newRates() {
        return new HitRates(plans.length, fields.size());
    }

    private void make(int[] @Nullable [] chosen, ValueSample seen) {
        built = true;
        covers = chosen;
        boolean[] isKey = new boolean[plans.length];
        cover(isKey);
        keys = new FieldIndex[fields.size()];
        edges = new FieldIndex[fields.size()];
        inner = new FieldIndex[fields.size()];
        shorts = new FieldIndex[fields.size()];
        modes = new byte[plans.length];
        for (int i = 0; i < plans.length; i++) {
            modes[i] = file(i, isKey[i]);
        }
        for (@Nullable FieldIndex[] tier : List.of(keys, edges, inner, shorts)) {
            for (int field = 0; field < tier.length; field++) {
                FieldIndex index = tier[field];
                if (index != null) {
                    index.build(seen.of(field));
                }
            }
        }
        for (FieldIndex anywhere : List.of(anywhereKeys, anywhereWords, anywhereOthers)) {
            anywhere.build(seen.of(ValueSample.ANYWHERE));
        }
        roots = filters.stream().mapToInt(code::add).toArray();
    }

    /// Turns the covers around: which filters a key makes candidates.
    ///
    /// @param isKey gets a true for each test that is in one
    private void cover(boolean[] isKey) {
        List<List<Integer>> byTest = new ArrayList<>();
        for (int i = 0; i < plans.length; i++) {
            byTest.add(new ArrayList<>());
        }
        List<Integer> uncovered = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            int[] cover = covers[i];
            if (cover == null) {
                uncovered.add(i);
            } else {
                for (int test : cover) {
                    byTest.get(test).add(i);
                    isKey[test] = true;
                }
            }
        }
        always = array(uncovered);
        filtersOfTest = byTest.stream().map(FilterIndex::array).toArray(int[][]::new);
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /// Writes a test into the index where it belongs.
    ///
    /// @return how it is decided
    private byte file(int number, boolean isKey) {
        TestPlan plan = plans[number];
        if (plan.field() < 0) {
            if (isKey) {
                plan.addTo(anywhereKeys, number);
                return mode(plan);
            }
            boolean isWord = plan.isWordAnywhere();
            plan.addTo(isWord ? anywhereWords : anywhereOthers, number);
            return (byte) (mode(plan) | ANYWHERE | (isWord ? INNER : EDGE));
        }
        if (isKey) {
            plan.addTo(fieldIndex(keys, plan.field()), number);
            return mode(plan);
        }
        if (plan.knowledge() == Knowledge.DIRECT) {
            return DIRECT;
        }
        if (plan.isAtEdge()) {
            plan.addTo(fieldIndex(edges, plan.field()), number);
            return (byte) (mode(plan) | EDGE);
        }
        boolean isShort = LiteralScanner.isShort(plan.known());
        plan.addTo(fieldIndex(isShort ? shorts : inner, plan.field()), number);
        return (byte) (mode(plan) | (isShort ? SHORT : INNER));
    }

    private static byte mode(TestPlan plan) {
        return switch (plan.knowledge()) {
            case EXACT -> EXACT;
            case POSSIBLE -> POSSIBLE;
            case DIRECT -> DIRECT;
        };
    }

    private static FieldIndex fieldIndex(@Nullable FieldIndex[] tier, int field) {
        FieldIndex index = tier[field];
        if (index == null) {
            index = new FieldIndex();
            tier[field] = index;
        }
        return index;
    }

    /// What is needed to evaluate events against this index.
    public Evaluation newEvaluation() {
        if (!built) {
            throw new IllegalStateException("build the index before events are evaluated");
        }
        EventView view = new EventView(fields);
        return new Evaluation(this, view, new ValueReader(view, fields));
    }

    TestPlan[] plans() {
        return plans;
    }

    /// Where the code of each filter begins.
    int[] roots() {
        return roots;
    }

    FilterCode code() {
        return code;
    }

    /// How each test is decided.
    byte[] modes() {
        return modes;
    }

    /// Filters that a key makes candidates.
    int[][] filtersOfTest() {
        return filtersOfTest;
    }

    /// Filters that are always candidates.
    int[] always() {
        return always;
    }

    /// The keys of each field.
    @Nullable
    FieldIndex[] keys() {
        return keys;
    }

    /// The other tests of what values begin and end with, or are.
    @Nullable
    FieldIndex[] edges() {
        return edges;
    }

    /// The other tests of what values contain, but for short texts.
    @Nullable
    FieldIndex[] inner() {
        return inner;
    }

    /// The other tests of short texts that values contain.
    @Nullable
    FieldIndex[] shorts() {
        return shorts;
    }

    /// The keys among the words that may stand anywhere; null when there are none.
    @Nullable
    FieldIndex anywhereKeys() {
        return anywhereKeys.isEmpty() ? null : anywhereKeys;
    }

    /// The other words that may stand anywhere.
    FieldIndex anywhereWords() {
        return anywhereWords;
    }

    /// The other tests of any value.
    FieldIndex anywhereOthers() {
        return anywhereOthers;
    }

    private int cost(Filter.Test test) {
        int number = numberOf(test);
        TestPlan plan = plans[number];
        boolean isAnywhere = (modes[number] & ANYWHERE) != 0;
        boolean isRegex = test.match() instanceof Match.Finds;
        return switch (plan.knowledge()) {
            case EXACT -> isAnywhere ? 50 : 1;
            case POSSIBLE -> isAnywhere ? 60 : isRegex ? 100 : 5;
            case DIRECT -> isRegex ? 200 : test.match() instanceof Match.Present ? 1 : 20;
        };
    }
}
