package io.tocsin.correlator.index;

import io.tocsin.correlator.function.Variable;
import io.tocsin.correlator.rule.Filter;
import io.tocsin.correlator.rule.Folding;
import io.tocsin.correlator.rule.Match;
import io.tocsin.correlator.rule.Wildcards;
import io.tocsin.expression.BoundedRegex;
import io.tocsin.expression.FieldReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Many filters as one structure. Add filters, [#build()], then make an [Evaluation].
///
/// Each filter gets a **cover**: a set of tests of which at least one must be true for the filter to be true. A
/// cover of `all` is that of its cheapest part, a cover of `any` is that of all its parts together; `not` has none.
/// An event makes a filter a candidate only through its cover; filters without one are always candidates.
///
/// Thread-safety: one thread builds it; afterwards all its evaluations belong to one thread, because they share
/// regular expressions and conditions.
public final class FilterIndex {
    /// How a test is known to be true.
    enum Knowledge {
        /// The scan of its field says so.
        EXACT,
        /// The scan says when it may be true; then the value is looked at.
        POSSIBLE,
        /// The value is looked at.
        DIRECT
    }

    /// @param field number of the field, -1 for anywhere
    @SuppressWarnings("ArrayRecordComponent")
    record TestPlan(
            int field,
            Match match,
            Knowledge knowledge,
            byte[] text,
            @Nullable BoundedRegex regex) {
        TestPlan(int field, Match match, Knowledge knowledge, byte[] text) {
            this(field, match, knowledge, text, null);
        }
    }

    /// Shorter texts that an expression requires are in nearly every value.
    private static final int MINIMUM_REQUIRED = 3;

    private final FieldTable fields;
    private final Map<Filter.Test, Integer> numbers = new HashMap<>();
    private final List<Filter.Test> tests = new ArrayList<>();
    private final List<Filter> filters = new ArrayList<>();

    private final Map<Match.Finds, BoundedRegex> regexes = new HashMap<>();
    private TestPlan[] plans = {};
    private final FilterCode code = new FilterCode(this::numberOf, this::cost);
    private int[] roots = {};
    private byte[] modes = {};
    private int[][] filtersOfTest = {};
    private long[] always = {};
    private @Nullable FieldIndex[] fieldIndexes = {};
    private FieldIndex anywhere = new FieldIndex();
    private boolean built;

    /// @param fields the fields of these filters; others may be numbered in it before [#build()]
    public FilterIndex(FieldTable fields) {
        this.fields = fields;
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
        return Arrays.stream(always).mapToInt(Long::bitCount).sum();
    }

    public void build() {
        if (built) {
            throw new IllegalStateException("this index is built already");
        }
        fields.build();
        make();
    }

    /// Builds it over the fields and the regular expressions of another one that is built.
    void buildOver(FilterIndex other) {
        regexes.putAll(other.regexes);
        make();
    }

    private void make() {
        built = true;
        fieldIndexes = new FieldIndex[fields.size()];
        plans = new TestPlan[tests.size()];
        for (int i = 0; i < plans.length; i++) {
            plans[i] = plan(tests.get(i), i);
        }
        modes = new byte[plans.length];
        for (int i = 0; i < plans.length; i++) {
            modes[i] = Evaluation.mode(plans[i]);
        }
        for (FieldIndex index : fieldIndexes) {
            if (index != null) {
                index.build();
            }
        }
        anywhere.build();
        int[] usage = new int[tests.size()];
        filters.forEach(filter -> countUsage(filter, usage));
        roots = new int[filters.size()];
        always = new long[(filters.size() + 63) >> 6];
        List<List<Integer>> byTest = new ArrayList<>();
        for (int i = 0; i < plans.length; i++) {
            byTest.add(new ArrayList<>());
        }
        for (int i = 0; i < roots.length; i++) {
            Filter filter = filters.get(i);
            roots[i] = code.add(filter);
            Cover cover = cover(filter, usage);
            if (cover == null) {
                always[i >> 6] |= 1L << (i & 63);
            } else {
                int number = i;
                cover.tests().stream()
                        .distinct()
                        .forEach(test -> byTest.get(test).add(number));
            }
        }
        filtersOfTest = new int[plans.length][];
        for (int i = 0; i < plans.length; i++) {
            filtersOfTest[i] =
                    byTest.get(i).stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /// What is needed to evaluate events against this index.
    public Evaluation newEvaluation() {
        if (!built) {
            throw new IllegalStateException("build the index before events are evaluated");
        }
        return new Evaluation(this, new EventView(fields));
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

    /// How each test is decided: the constants of [Evaluation].
    byte[] modes() {
        return modes;
    }

    int[][] filtersOfTest() {
        return filtersOfTest;
    }

    long[] always() {
        return always;
    }

    @Nullable
    FieldIndex[] fieldIndexes() {
        return fieldIndexes;
    }

    FieldIndex anywhere() {
        return anywhere;
    }

    FieldTable fields() {
        return fields;
    }

    /// The value of a variable is looked at only when the rest of the filter leaves no other way: nothing scans it.
    private TestPlan variablePlan(Filter.Test test) {
        int field = fields.numberOf(test.field());
        byte[] nothing = {};
        Match match = test.match();
        return switch (match) {
            case Match.Same(String text, boolean ignoreCase) ->
                ignoreCase && !text.isEmpty()
                        ? like(field, Wildcards.literal(text))
                        : new TestPlan(field, match, Knowledge.DIRECT, text.getBytes(StandardCharsets.UTF_8));
            case Match.Contains(String text, boolean ignoreCase) ->
                ignoreCase
                        ? like(field, Wildcards.literal(text).surround(true, true))
                        : new TestPlan(field, match, Knowledge.DIRECT, text.getBytes(StandardCharsets.UTF_8));
            case Match.StartsWith(String text, boolean ignoreCase) ->
                ignoreCase
                        ? like(field, Wildcards.literal(text).surround(false, true))
                        : new TestPlan(field, match, Knowledge.DIRECT, text.getBytes(StandardCharsets.UTF_8));
            case Match.EndsWith(String text, boolean ignoreCase) ->
                ignoreCase
                        ? like(field, Wildcards.literal(text).surround(true, false))
                        : new TestPlan(field, match, Knowledge.DIRECT, text.getBytes(StandardCharsets.UTF_8));
            case Match.Like like ->
                like.ignoreCase() ? like(field, like.pattern()) : new TestPlan(field, match, Knowledge.DIRECT, nothing);
            case Match.Finds finds ->
                new TestPlan(
                        field,
                        match,
                        Knowledge.DIRECT,
                        nothing,
                        regexes.computeIfAbsent(
                                finds, absent -> BoundedRegex.compile(absent.expression(), absent.ignoreCase())));
            case Match.InNetwork _, Match.Compares _, Match.InTime _, Match.Present _, Match.Relates _ ->
                new TestPlan(field, match, Knowledge.DIRECT, nothing);
        };
    }

    private static TestPlan like(int field, Wildcards pattern) {
        byte[] nothing = {};
        return new TestPlan(field, new Match.Like(pattern.lowerCase(), true), Knowledge.DIRECT, nothing);
    }

    private TestPlan plan(Filter.Test test, int number) {
        if (Variable.is(test.field())) {
            return variablePlan(test);
        }
        boolean isAnywhere = test.field() instanceof FieldReference.AnyField;
        int field = isAnywhere ? -1 : fields.numberOf(test.field());
        FieldIndex index = isAnywhere ? anywhere : fieldIndex(field);
        Match match = test.match();
        byte[] nothing = {};
        return switch (match) {
            case Match.Same same when same.text().isEmpty() -> new TestPlan(field, match, Knowledge.DIRECT, nothing);
            case Match.Same same -> {
                index.addEqual(lower(same.text()), number);
                yield literal(field, match, same.text(), same.ignoreCase());
            }
            case Match.Contains contains -> {
                index.addLiteral(lower(contains.text()), number);
                yield literal(field, match, contains.text(), contains.ignoreCase());
            }
            case Match.StartsWith starts -> {
                index.addPrefix(lower(starts.text()), number);
                yield literal(field, match, starts.text(), starts.ignoreCase());
            }
            case Match.EndsWith ends -> {
                index.addSuffix(lower(ends.text()), number);
                yield literal(field, match, ends.text(), ends.ignoreCase());
            }
            case Match.Like like -> {
                String longest = like.pattern().pieces().stream()
                        .max(Comparator.comparingInt(String::length))
                        .orElse("");
                if (longest.isEmpty()) {
                    yield new TestPlan(field, match, Knowledge.DIRECT, nothing);
                }
                index.addLiteral(lower(longest), number);
                Match folded = like.ignoreCase() ? new Match.Like(like.pattern().lowerCase(), true) : match;
                yield new TestPlan(field, folded, Knowledge.POSSIBLE, nothing);
            }
            case Match.Present _ -> {
                index.addPresence(number);
                yield new TestPlan(field, match, isAnywhere ? Knowledge.DIRECT : Knowledge.EXACT, nothing);
            }
            case Match.Finds finds -> {
                BoundedRegex regex = regexes.computeIfAbsent(
                        finds, absent -> BoundedRegex.compile(absent.expression(), absent.ignoreCase()));
                String required = regex.requiredText();
                boolean indexed = required.length() >= MINIMUM_REQUIRED && isAscii(required);
                if (indexed) {
                    index.addLiteral(lower(required), number);
                }
                yield new TestPlan(field, match, indexed ? Knowledge.POSSIBLE : Knowledge.DIRECT, nothing, regex);
            }
            case Match.InNetwork _, Match.Compares _, Match.InTime _, Match.Relates _ ->
                new TestPlan(field, match, Knowledge.DIRECT, nothing);
        };
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    private static TestPlan literal(int field, Match match, String text, boolean ignoreCase) {
        return ignoreCase
                ? new TestPlan(field, match, Knowledge.EXACT, lower(text))
                : new TestPlan(field, match, Knowledge.POSSIBLE, text.getBytes(StandardCharsets.UTF_8));
    }

    private FieldIndex fieldIndex(int field) {
        FieldIndex index = fieldIndexes[field];
        if (index == null) {
            index = new FieldIndex();
            fieldIndexes[field] = index;
        }
        return index;
    }

    static byte[] lower(String text) {
        return Folding.lower(text).getBytes(StandardCharsets.UTF_8);
    }

    private void countUsage(Filter filter, int[] usage) {
        switch (filter) {
            case Filter.All all -> all.parts().forEach(part -> countUsage(part, usage));
            case Filter.Any any -> any.parts().forEach(part -> countUsage(part, usage));
            case Filter.Not not -> countUsage(not.part(), usage);
            case Filter.Leaf _ -> {}
            case Filter.Test test -> usage[numberOf(test)]++;
        }
    }

    /// @param weight how often an event is expected to make one of the tests true, on no particular
    /// scale
    private record Cover(List<Integer> tests, double weight) {}

    private @Nullable Cover cover(Filter filter, int[] usage) {
        return switch (filter) {
            case Filter.Not _, Filter.Leaf _ -> null;
            case Filter.All all -> {
                Cover best = null;
                for (Filter part : all.parts()) {
                    Cover cover = cover(part, usage);
                    if (cover != null && (best == null || cover.weight() < best.weight())) {
                        best = cover;
                    }
                }
                yield best;
            }
            case Filter.Any any -> {
                List<Integer> union = new ArrayList<>();
                double weight = 0;
                for (Filter part : any.parts()) {
                    Cover cover = cover(part, usage);
                    if (cover == null) {
                        yield null;
                    }
                    union.addAll(cover.tests());
                    weight += cover.weight();
                }
                yield new Cover(union, weight);
            }
            case Filter.Test test -> cover(test, usage);
        };
    }

    private @Nullable Cover cover(Filter.Test test, int[] usage) {
        if (test.field() instanceof FieldReference.AnyField
                || Variable.is(test.field())
                || (test.match() instanceof Match.Same same && same.text().isEmpty())) {
            return null;
        }
        int number = numberOf(test);
        TestPlan plan = plans[number];
        int length = switch (test.match()) {
            case Match.Same same -> same.text().length() * 2;
            case Match.Contains contains -> contains.text().length();
            case Match.StartsWith starts -> starts.text().length();
            case Match.EndsWith ends -> ends.text().length();
            case Match.Like like ->
                like.pattern().pieces().stream().mapToInt(String::length).max().orElse(0);
            case Match.Present _, Match.Finds _, Match.InNetwork _, Match.Compares _, Match.InTime _, Match.Relates _ ->
                0;
        };
        if (plan.knowledge() == Knowledge.DIRECT) {
            return new Cover(List.of(numberOf(new Filter.Test(test.field(), new Match.Present()))), 1e9);
        }
        double rarity = length == 0 ? 1e9 : 1000.0 / Math.min(length, 40);
        return new Cover(List.of(number), rarity * (1 + usage[number]));
    }

    private int cost(Filter.Test test) {
        TestPlan plan = plans[numberOf(test)];
        boolean isAnywhere = plan.field() < 0;
        boolean isRegex = test.match() instanceof Match.Finds;
        return switch (plan.knowledge()) {
            case EXACT -> isAnywhere ? 50 : 1;
            case POSSIBLE -> isAnywhere ? 60 : isRegex ? 100 : 5;
            case DIRECT -> isRegex ? 200 : 20;
        };
    }
}
