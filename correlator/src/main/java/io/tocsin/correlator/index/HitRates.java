package io.tocsin.correlator.index;

/// What events of one kind have shown: how often they made tests true, by which [Covers] chooses keys, and
/// some of their values.
///
/// Thread-safety: one thread.
final class HitRates {
    private final int[] hits;
    private final int[] present;
    private ValueSample sample;
    private int events;

    /// @param tests number of tests
    /// @param fields number of fields
    HitRates(int tests, int fields) {
        hits = new int[tests];
        present = new int[fields];
        sample = new ValueSample(fields);
    }

    void addEvent() {
        events++;
    }

    void addHit(int test) {
        hits[test]++;
    }

    void addPresent(int field) {
        present[field]++;
    }

    /// Some values of the events since [#forgetValues()].
    ValueSample sample() {
        return sample;
    }

    void forgetValues() {
        sample = new ValueSample(present.length);
    }

    /// Share of events, from 0 to 1, in which a scan hit the test.
    double ofTest(int test) {
        return (double) hits[test] / Math.max(1, events);
    }

    /// Share of events in which the field has a value.
    double ofField(int field) {
        return (double) present[field] / Math.max(1, events);
    }
}
