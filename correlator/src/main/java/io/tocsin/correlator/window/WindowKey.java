package io.tocsin.correlator.window;

/// Names one series of buckets of a rule.
///
/// @param high hash of the values of the identical fields, upper half
/// @param timeline 0 for the common timeline, else the source whose clock is apart, see [Timelines]
public record WindowKey(long high, long low, long timeline) {
    @Override
    public int hashCode() {
        return (int) (low ^ (low >>> 32) ^ timeline);
    }
}
