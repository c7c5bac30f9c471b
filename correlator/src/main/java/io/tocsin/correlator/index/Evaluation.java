package io.tocsin.correlator.index;

import io.tocsin.correlator.index.FilterIndex.TestPlan;
import io.tocsin.correlator.rule.Match;
import io.tocsin.event.EventBatch;
import io.tocsin.expression.BoundedRegex;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Evaluates one event after another against a [FilterIndex]. Allocates nothing for an event, except where a value
/// has letters outside of ASCII or a number with fraction.
///
/// ```
/// evaluation.moveTo(batch, i);
/// for (int filter = evaluation.nextMatch(0); filter >= 0; filter = evaluation.nextMatch(filter + 1)) …
/// ```
///
/// Thread-safety: one thread.
public final class Evaluation {
    private static final byte EXACT = 1;
    private static final byte POSSIBLE = 2;
    private static final byte DIRECT = 4;
    private static final byte ANYWHERE = 8;

    private final FilterIndex index;
    private final EventView view;
    private final TestPlan[] plans;
    private final int[][] filtersOfTest;
    private final byte[] modes;
    private final FilterCode code;
    private final int[] roots;
    private final long[] always;
    private final long[] candidates;
    /// One bit a test: a scan has hit it for this event. A small piece of memory that is always near.
    private final long[] hits;

    /// The tests whose bits are set.
    private final int[] hitTests;

    private int hitCount;
    /// Twice the number of the event for which the test was decided, plus one when it was true.
    private final int[] decided;

    private final byte[] addressScratch = new byte[16];
    private int eventNumber;
    private boolean anywhereScanned;
    private long evaluatedFilters;

    Evaluation(FilterIndex index, EventView view) {
        this.index = index;
        this.view = view;
        plans = index.plans();
        filtersOfTest = index.filtersOfTest();
        modes = index.modes();
        code = index.code();
        roots = index.roots();
        always = index.always();
        candidates = new long[always.length];
        hits = new long[(plans.length + 63) >> 6];
        hitTests = new int[plans.length];
        decided = new int[plans.length];
    }

    /// The event as texts.
    public EventView view() {
        return view;
    }

    /// Number of filters that were candidates so far, for measuring.
    public long evaluatedFilters() {
        return evaluatedFilters;
    }

    public void moveTo(EventBatch batch, int at) {
        view.moveTo(batch, at);
        evaluate();
    }

    /// Scans the event on which the view stands.
    void evaluate() {
        if (++eventNumber > 1 << 29) {
            eventNumber = 1;
            Arrays.fill(decided, 0);
        }
        anywhereScanned = false;
        for (int i = 0; i < hitCount; i++) {
            hits[hitTests[i] >> 6] = 0;
        }
        hitCount = 0;
        System.arraycopy(always, 0, candidates, 0, always.length);
        @Nullable FieldIndex[] indexes = index.fieldIndexes();
        for (int i = 0; i < view.presentCount(); i++) {
            int field = view.presentField(i);
            FieldIndex fieldIndex = indexes[field];
            if (fieldIndex != null) {
                fieldIndex.present(this);
                for (int cell = view.first(field); cell != EventView.NONE; cell = view.next(cell)) {
                    fieldIndex.scan(view, cell, this);
                }
            }
        }
    }

    /// The first filter from `from` on that the event fulfils, or -1.
    public int nextMatch(int from) {
        int word = from >> 6;
        if (word >= candidates.length) {
            return -1;
        }
        long bits = candidates[word] & (-1L << (from & 63));
        while (true) {
            while (bits != 0) {
                int filter = (word << 6) + Long.numberOfTrailingZeros(bits);
                evaluatedFilters++;
                if (code.holds(roots[filter], this)) {
                    return filter;
                }
                bits &= bits - 1;
            }
            if (++word == candidates.length) {
                return -1;
            }
            bits = candidates[word];
        }
    }

    /// A scan found that the test is, or may be, true.
    void hit(int test) {
        long bit = 1L << (test & 63);
        if ((hits[test >> 6] & bit) == 0) {
            hits[test >> 6] |= bit;
            hitTests[hitCount++] = test;
            for (int filter : filtersOfTest[test]) {
                candidates[filter >> 6] |= 1L << (filter & 63);
            }
        }
    }

    /// How [#holds] decides a test of this plan.
    static byte mode(TestPlan plan) {
        byte mode = switch (plan.knowledge()) {
            case EXACT -> EXACT;
            case POSSIBLE -> POSSIBLE;
            case DIRECT -> DIRECT;
        };
        return (byte) (plan.field() < 0 ? mode | ANYWHERE : mode);
    }

    boolean holds(int test) {
        byte mode = modes[test];
        if ((mode & ANYWHERE) != 0 && !anywhereScanned) {
            scanAnywhere();
        }
        if ((mode & DIRECT) != 0) {
            return decide(test, plans[test]);
        }
        boolean hit = (hits[test >> 6] & (1L << (test & 63))) != 0;
        return hit && ((mode & EXACT) != 0 || decide(test, plans[test]));
    }

    private void scanAnywhere() {
        anywhereScanned = true;
        for (int i = 0; i < view.anywhereCount(); i++) {
            index.anywhere().scan(view, view.anywhereCell(i), this);
        }
    }

    private boolean decide(int test, TestPlan plan) {
        int mark = decided[test];
        if (mark >> 1 == eventNumber) {
            return (mark & 1) != 0;
        }
        boolean holds = look(plan);
        decided[test] = eventNumber << 1 | (holds ? 1 : 0);
        return holds;
    }

    private boolean look(TestPlan plan) {
        if (plan.field() < 0) {
            for (int i = 0; i < view.anywhereCount(); i++) {
                if (matches(plan, view.anywhereCell(i))) {
                    return true;
                }
            }
            return false;
        }
        int cell = view.first(plan.field());
        if (cell == EventView.NONE) {
            return plan.match() instanceof Match.Same same && same.text().isEmpty();
        }
        while (cell != EventView.NONE) {
            if (matches(plan, cell)) {
                return true;
            }
            cell = view.next(cell);
        }
        return false;
    }

    private boolean matches(TestPlan plan, int cell) {
        byte[] text = plan.text();
        byte[] bytes = view.array(cell);
        int offset = view.offset(cell);
        int length = view.length(cell);
        return switch (plan.match()) {
            // Those that ignore case are decided by the scan; here stand the others.
            case Match.Same _ ->
                length == text.length && Arrays.equals(bytes, offset, offset + length, text, 0, length);
            case Match.Contains _ -> LiteralScanner.contains(bytes, offset, length, text);
            case Match.StartsWith _ ->
                length >= text.length && Arrays.equals(bytes, offset, offset + text.length, text, 0, text.length);
            case Match.EndsWith _ ->
                length >= text.length
                        && Arrays.equals(bytes, offset + length - text.length, offset + length, text, 0, text.length);
            case Match.Like like -> {
                if (like.ignoreCase()) {
                    view.fold(cell);
                    yield like.pattern().matches(view.scratch(), view.foldedOffset(cell), view.foldedLength(cell));
                }
                yield like.pattern().matches(bytes, offset, length);
            }
            case Match.Finds _ -> {
                BoundedRegex regex = plan.regex();
                yield regex != null && regex.find(bytes, offset, length);
            }
            case Match.InNetwork in -> in.network().contains(bytes, offset, length, addressScratch);
            case Match.Compares compares -> {
                double value = Numbers.parse(bytes, offset, length);
                yield !Double.isNaN(value) && compares.comparison().holds(value, compares.number());
            }
            case Match.InTime in -> {
                double value = in.part().of(bytes, offset, length);
                Match.Comparison comparison = in.comparison();
                yield comparison == null ? value == in.number() : comparison.holds(value, in.number());
            }
            case Match.Present _ -> true;
            case Match.Relates relates -> relates(relates, cell);
        };
    }

    private boolean relates(Match.Relates relates, int cell) {
        int other = view.first(index.fields().numberOf(relates.other()));
        while (other != EventView.NONE) {
            boolean fold = relates.ignoreCase();
            if (fold) {
                view.fold(cell);
                view.fold(other);
            }
            byte[] left = fold ? view.scratch() : view.array(cell);
            byte[] right = fold ? view.scratch() : view.array(other);
            int leftOffset = fold ? view.foldedOffset(cell) : view.offset(cell);
            int leftLength = fold ? view.foldedLength(cell) : view.length(cell);
            int rightOffset = fold ? view.foldedOffset(other) : view.offset(other);
            int rightLength = fold ? view.foldedLength(other) : view.length(other);
            if (relates(relates.relation(), left, leftOffset, leftLength, right, rightOffset, rightLength)) {
                return true;
            }
            other = view.next(other);
        }
        return false;
    }

    private static boolean relates(
            Match.Relation relation,
            byte[] left,
            int leftOffset,
            int leftLength,
            byte[] right,
            int rightOffset,
            int rightLength) {
        int slack = leftLength - rightLength;
        if (slack < 0) {
            return false;
        }
        return switch (relation) {
            case SAME -> slack == 0 && equal(left, leftOffset, right, rightOffset, rightLength);
            case STARTS_WITH -> equal(left, leftOffset, right, rightOffset, rightLength);
            case ENDS_WITH -> equal(left, leftOffset + slack, right, rightOffset, rightLength);
            case CONTAINS -> {
                boolean found = false;
                for (int shift = 0; shift <= slack && !found; shift++) {
                    found = equal(left, leftOffset + shift, right, rightOffset, rightLength);
                }
                yield found;
            }
        };
    }

    private static boolean equal(byte[] left, int leftOffset, byte[] right, int rightOffset, int length) {
        return Arrays.equals(left, leftOffset, leftOffset + length, right, rightOffset, rightOffset + length);
    }
}
