package io.tocsin.correlator.window;

/// What a sliding window says about the occurrences in it.
public enum Measure {
    /// Number of occurrences.
    EVENTS,
    /// Number of different values.
    DISTINCT,
    /// Sum of the numbers among the values.
    SUM,
    /// Their arithmetic mean; nothing when there is none.
    AVERAGE,
    /// Their percentile, between two numbers interpolated; nothing when there is none.
    PERCENTILE,
    /// Which share of the occurrences, in percent, has the value of the latest one.
    SHARE,
    /// Number of different selectors that accepted an occurrence.
    SELECTORS,
    /// The longest run of occurrences, one after another, whose selectors stand in ascending order.
    SELECTORS_IN_ORDER;

    /// True when the value of an occurrence is a number, see [Occurrence#unique()].
    public boolean isNumeric() {
        return this == SUM || this == AVERAGE || this == PERCENTILE;
    }

    /// True when the value of an occurrence is a hash.
    public boolean isHashed() {
        return this == DISTINCT || this == SHARE;
    }
}
