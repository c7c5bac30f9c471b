package io.tocsin.correlator.index;

import io.tocsin.event.EventBatch;
import java.util.Arrays;
import java.util.function.LongSupplier;
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
    /// Filters that take longer than this for an event are measured twice.
    private static final long SLOW_NANOS = 20_000;

    private final EventView view;
    private final ValueReader values;
    private final TestPlan[] plans;
    private final int[][] filtersOfTest;
    private final byte[] modes;
    private final FilterCode code;
    private final int[] roots;
    private final int[] always;
    private final @Nullable FieldIndex[] keys;
    private final @Nullable FieldIndex[] edges;
    private final @Nullable FieldIndex[] inner;
    private final @Nullable FieldIndex[] shorts;
    private final @Nullable FieldIndex anywhereKeys;
    private final FieldIndex anywhereWords;
    private final FieldIndex anywhereOthers;
    private final CandidateSet candidates;
    /// One bit a test: a scan has hit it for this event. A small piece of memory that is always near.
    private final long[] hits;

    /// The tests whose bits are set.
    private final int[] hitTests;

    private int hitCount;
    /// Twice the number of the event for which the test was decided, plus one when it was true.
    private final int[] decided;

    /// Numbers of the events for which the other tests of a field were scanned.
    private final int[] edgesScanned;

    private final int[] innerScanned;
    private final int[] shortsScanned;
    private int eventNumber;
    private boolean wordsScanned;
    private boolean othersScanned;
    private long evaluatedFilters;
    /// Counts what is true of events while it is being learned; null otherwise.
    private @Nullable HitRates learning;

    Evaluation(FilterIndex index, EventView view, ValueReader values) {
        this.view = view;
        this.values = values;
        plans = index.plans();
        filtersOfTest = index.filtersOfTest();
        modes = index.modes();
        code = index.code();
        roots = index.roots();
        always = index.always();
        keys = index.keys();
        edges = index.edges();
        inner = index.inner();
        shorts = index.shorts();
        anywhereKeys = index.anywhereKeys();
        anywhereWords = index.anywhereWords();
        anywhereOthers = index.anywhereOthers();
        candidates = new CandidateSet(roots.length);
        hits = new long[(plans.length + 63) >> 6];
        hitTests = new int[plans.length];
        decided = new int[plans.length];
        edgesScanned = new int[edges.length];
        innerScanned = new int[inner.length];
        shortsScanned = new int[shorts.length];
    }

    /// The event as texts.
    public EventView view() {
        return view;
    }

    ValueReader values() {
        return values;
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
            Arrays.fill(edgesScanned, 0);
            Arrays.fill(innerScanned, 0);
            Arrays.fill(shortsScanned, 0);
        }
        wordsScanned = false;
        othersScanned = false;
        forgetHits();
        candidates.clear();
        for (int filter : always) {
            candidates.add(filter);
        }
        for (int i = 0; i < view.presentCount(); i++) {
            int field = view.presentField(i);
            FieldIndex index = keys[field];
            if (index != null) {
                index.present(this);
                values.scan(index, field, this);
            }
        }
        FieldIndex words = anywhereKeys;
        if (words != null) {
            values.scanAnywhere(words, this);
        }
        HitRates rates = learning;
        if (rates != null) {
            count(rates);
        }
    }

    /// Counts from now on what is true of the events, whether a candidate asks for it or not.
    ///
    /// @param into null to count no more
    void learn(@Nullable HitRates into) {
        learning = into;
    }

    private void count(HitRates rates) {
        rates.addEvent();
        for (int i = 0; i < view.presentCount(); i++) {
            int field = view.presentField(i);
            rates.addPresent(field);
            scanLate(field, edges, edgesScanned);
            scanLate(field, inner, innerScanned);
            scanLate(field, shorts, shortsScanned);
            if (searches(keys[field]) || searches(inner[field]) || searches(shorts[field])) {
                values.sample(field, rates.sample());
            }
        }
        if (!anywhereWords.isEmpty()) {
            scanAnywhere(true);
        }
        values.sampleAnywhere(rates.sample());
        for (int i = 0; i < hitCount; i++) {
            rates.addHit(hitTests[i]);
        }
    }

    private static boolean searches(@Nullable FieldIndex index) {
        return index != null && index.hasLiterals();
    }

    private void forgetHits() {
        for (int i = 0; i < hitCount; i++) {
            hits[hitTests[i] >> 6] &= ~(1L << hitTests[i]);
        }
        hitCount = 0;
    }

    /// The first filter from `from` on that the event fulfils, or -1.
    public int nextMatch(int from) {
        int filter = candidates.next(from);
        while (filter >= 0) {
            evaluatedFilters++;
            if (code.holds(roots[filter], this)) {
                return filter;
            }
            filter = candidates.next(filter + 1);
        }
        return -1;
    }

    /// Asks every filter that may hold for the event once more, as if nothing had been decided.
    void measure(LongSupplier nanoClock, FilterCost told) {
        undecide();
        long begin = nanoClock.getAsLong();
        for (int filter = candidates.next(0); filter >= 0; filter = candidates.next(filter + 1)) {
            boolean ignored = code.holds(roots[filter], this);
            long end = nanoClock.getAsLong();
            long took = end - begin;
            if (took > SLOW_NANOS) {
                // A pause of the machine looks like a dear filter, but hardly ever comes twice.
                undecide();
                begin = nanoClock.getAsLong();
                ignored = code.holds(roots[filter], this);
                end = nanoClock.getAsLong();
                took = Math.min(took, end - begin);
            }
            told.took(filter, took);
            begin = end;
        }
    }

    /// No test of the event counts as decided any more, and nothing that only candidates ask for as scanned.
    private void undecide() {
        eventNumber++;
        wordsScanned = false;
        othersScanned = false;
    }

    /// A scan found that the test is, or may be, true.
    void hit(int test) {
        long bit = 1L << test;
        if ((hits[test >> 6] & bit) == 0) {
            hits[test >> 6] |= bit;
            hitTests[hitCount++] = test;
            for (int filter : filtersOfTest[test]) {
                candidates.add(filter);
            }
        }
    }

    boolean holds(int test) {
        byte mode = modes[test];
        if ((mode & FilterIndex.DIRECT) != 0) {
            return decide(test, plans[test]);
        }
        if (mode > FilterIndex.POSSIBLE) {
            scanLate(test, mode);
        }
        boolean hit = (hits[test >> 6] & (1L << test)) != 0;
        return hit && ((mode & FilterIndex.EXACT) != 0 || decide(test, plans[test]));
    }

    /// Scans, once for each event, what was not scanned before because only candidates ask for it.
    private void scanLate(int test, byte mode) {
        if ((mode & FilterIndex.ANYWHERE) != 0) {
            scanAnywhere((mode & FilterIndex.INNER) != 0);
            return;
        }
        if ((mode & FilterIndex.EDGE) != 0) {
            scanLate(plans[test].field(), edges, edgesScanned);
        } else if ((mode & FilterIndex.INNER) != 0) {
            scanLate(plans[test].field(), inner, innerScanned);
        } else {
            scanLate(plans[test].field(), shorts, shortsScanned);
        }
    }

    private void scanAnywhere(boolean words) {
        if (words ? wordsScanned : othersScanned) {
            return;
        }
        if (words) {
            wordsScanned = true;
        } else {
            othersScanned = true;
        }
        values.scanAnywhere(words ? anywhereWords : anywhereOthers, this);
    }

    private void scanLate(int field, @Nullable FieldIndex[] indexes, int[] scanned) {
        FieldIndex index = indexes[field];
        if (index != null && scanned[field] != eventNumber) {
            scanned[field] = eventNumber;
            values.scan(index, field, this);
        }
    }

    private boolean decide(int test, TestPlan plan) {
        int mark = decided[test];
        if (mark >> 1 == eventNumber) {
            return (mark & 1) != 0;
        }
        boolean holds = values.holds(plan);
        decided[test] = eventNumber << 1 | (holds ? 1 : 0);
        return holds;
    }
}
