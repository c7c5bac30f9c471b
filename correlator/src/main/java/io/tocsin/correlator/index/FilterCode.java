package io.tocsin.correlator.index;

import io.tocsin.correlator.rule.Filter;
import io.tocsin.expression.CompiledCondition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/// Filters as code in one array, so that evaluating one reads memory in order instead of following
/// references: with thousands of rules, waiting for memory is most of the cost.
///
/// ```
/// node = header, …        header = length of the node in words << 3 | kind
/// ALL, ANY                header, part, part, …      parts in ascending order of cost
/// NOT                     header, part
/// TEST                    header, number of the test
/// LEAF                    header, number of the condition
/// ```
///
/// Thread-safety: one thread, because of the conditions.
final class FilterCode {
    private static final int ALL = 0;
    private static final int ANY = 1;
    private static final int NOT = 2;
    private static final int TEST = 3;
    private static final int LEAF = 4;
    private static final int LEAF_COST = 500;

    private final ToIntFunction<Filter.Test> numberOf;
    private final ToIntFunction<Filter.Test> costOf;
    private final List<CompiledCondition> building = new ArrayList<>();
    private CompiledCondition[] conditions = {};
    private int[] code = new int[1024];
    private int length;

    /// @param numberOf number of a test
    /// @param costOf cost of a test, relative to looking at a mark
    FilterCode(ToIntFunction<Filter.Test> numberOf, ToIntFunction<Filter.Test> costOf) {
        this.numberOf = numberOf;
        this.costOf = costOf;
    }

    /// Adds a filter.
    ///
    /// @return where its code begins
    int add(Filter filter) {
        int start = length;
        append(filter);
        conditions = building.toArray(CompiledCondition[]::new);
        return start;
    }

    private void append(Filter filter) {
        int start = length;
        word(0);
        int kind = switch (filter) {
            case Filter.All all -> {
                sorted(all.parts()).forEach(this::append);
                yield ALL;
            }
            case Filter.Any any -> {
                sorted(any.parts()).forEach(this::append);
                yield ANY;
            }
            case Filter.Not not -> {
                append(not.part());
                yield NOT;
            }
            case Filter.Test test -> {
                word(numberOf.applyAsInt(test));
                yield TEST;
            }
            case Filter.Leaf leaf -> {
                word(building.size());
                building.add(leaf.condition().compile());
                yield LEAF;
            }
        };
        code[start] = (length - start) << 3 | kind;
    }

    private List<Filter> sorted(List<Filter> parts) {
        return parts.stream().sorted(Comparator.comparingInt(this::cost)).toList();
    }

    private int cost(Filter filter) {
        return switch (filter) {
            case Filter.All all -> cost(all.parts());
            case Filter.Any any -> cost(any.parts());
            case Filter.Not not -> cost(not.part());
            case Filter.Test test -> costOf.applyAsInt(test);
            case Filter.Leaf _ -> LEAF_COST;
        };
    }

    private int cost(List<Filter> parts) {
        return Math.min(1_000_000, parts.stream().mapToInt(this::cost).sum());
    }

    private void word(int value) {
        if (length == code.length) {
            code = Arrays.copyOf(code, length * 2);
        }
        code[length++] = value;
    }

    /// True when the event fulfils the filter whose code begins at `at`.
    boolean holds(int at, Evaluation evaluation) {
        int header = code[at];
        return switch (header & 7) {
            case TEST -> evaluation.holds(code[at + 1]);
            case NOT -> !holds(at + 1, evaluation);
            case LEAF -> conditions[code[at + 1]].test(evaluation.view().event());
            case ALL -> !hasPart(at, header, false, evaluation);
            default -> hasPart(at, header, true, evaluation);
        };
    }

    /// True when one of the parts of a node is true (or false, as asked).
    private boolean hasPart(int at, int header, boolean wanted, Evaluation evaluation) {
        int end = at + (header >>> 3);
        for (int part = at + 1; part < end; part += code[part] >>> 3) {
            if (holds(part, evaluation) == wanted) {
                return true;
            }
        }
        return false;
    }
}
