package io.tocsin.correlator.index;

import java.util.IdentityHashMap;

/// Looks at values and counts how often it is asked for which.
///
/// Thread-safety: one thread.
final class CountingReader extends ValueReader {
    final IdentityHashMap<TestPlan, Integer> looks = new IdentityHashMap<>();
    final IdentityHashMap<FieldIndex, Integer> scans = new IdentityHashMap<>();

    CountingReader(EventView view, FieldTable fields) {
        super(view, fields);
    }

    @Override
    void scan(FieldIndex index, int field, Evaluation into) {
        scans.merge(index, 1, Integer::sum);
        super.scan(index, field, into);
    }

    @Override
    void scanAnywhere(FieldIndex index, Evaluation into) {
        scans.merge(index, 1, Integer::sum);
        super.scanAnywhere(index, into);
    }

    @Override
    boolean holds(TestPlan plan) {
        looks.merge(plan, 1, Integer::sum);
        return super.holds(plan);
    }

    void forget() {
        looks.clear();
        scans.clear();
    }
}
