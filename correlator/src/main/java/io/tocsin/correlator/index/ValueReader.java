package io.tocsin.correlator.index;

import io.tocsin.correlator.rule.Match;
import io.tocsin.expression.BoundedRegex;
import java.util.Arrays;

/// Looks at the values of the event on which a view stands. Evaluations look at values in no other way.
///
/// Thread-safety: one thread.
class ValueReader {
    private final EventView view;
    private final FieldTable fields;
    private final byte[] addressScratch = new byte[16];
    private final TextStretch stretch = new TextStretch();

    ValueReader(EventView view, FieldTable fields) {
        this.view = view;
        this.fields = fields;
    }

    /// Scans all values of a field; what is found is told to `into`.
    void scan(FieldIndex index, int field, Evaluation into) {
        for (int cell = view.first(field); cell != EventView.NONE; cell = view.next(cell)) {
            index.scan(view, cell, into);
        }
    }

    /// Scans all texts that came from the source.
    void scanAnywhere(FieldIndex index, Evaluation into) {
        if (index.looksInside()
                && stretch.find(view.event())
                && !index.mayFind(view.event().arena(), stretch.start(), stretch.length())) {
            return;
        }
        // What was found may stand in no text but across two of them.
        int count = view.anywhereCount();
        for (int i = 0; i < count; i++) {
            index.scan(view, view.anywhereCell(i), into);
        }
    }

    void sample(int field, ValueSample into) {
        for (int cell = view.first(field); cell != EventView.NONE; cell = view.next(cell)) {
            into.add(field, view.array(cell), view.offset(cell), view.length(cell));
        }
    }

    void sampleAnywhere(ValueSample into) {
        if (stretch.find(view.event())) {
            into.add(ValueSample.ANYWHERE, view.event().arena(), stretch.start(), stretch.length());
        }
    }

    /// True when the event fulfils the test.
    boolean holds(TestPlan plan) {
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
        int other = view.first(fields.numberOf(relates.other()));
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
