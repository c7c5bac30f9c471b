package io.tocsin.correlator.window;

import java.util.List;

/// A full match of a bucket.
///
/// @param windowStartMillis event time of the first event of the bucket, or of the first match of the
/// episode
/// @param number 1 for the first full match within the window or the episode; [#TIMEOUT] for the end of a window
/// @param firstMillis event time of the first event of this match
/// @param lastMillis event time of the event that completed it, or the moment at which time alone did
/// @param total events that took part
/// @param counts events per selector
/// @param kept the events kept for the output, in order of time
/// @param value what was measured, NaN for buckets
@SuppressWarnings("ArrayRecordComponent")
public record Trigger(
        long windowStartMillis,
        int number,
        long firstMillis,
        long lastMillis,
        int total,
        int[] counts,
        List<Occurrence> kept,
        double value) {
    /// Number of what is told at the end of a window.
    public static final int TIMEOUT = 0;

    /// A full match without a measured number.
    public Trigger(
            long windowStartMillis,
            int number,
            long firstMillis,
            long lastMillis,
            int total,
            int[] counts,
            List<Occurrence> kept) {
        this(windowStartMillis, number, firstMillis, lastMillis, total, counts, kept, Double.NaN);
    }

    /// A hash of what makes this match: which events, how many. Two matches with one digest need no
    /// correction.
    long digest() {
        Hash128 hash = new Hash128()
                .add(windowStartMillis)
                .add(number)
                .add(firstMillis)
                .add(lastMillis)
                .add(total);
        for (int count : counts) {
            hash.add(count);
        }
        if (!Double.isNaN(value)) {
            hash.add(Double.doubleToLongBits(value));
        }
        for (Occurrence occurrence : kept) {
            hash.add(occurrence.idHigh()).add(occurrence.idLow());
        }
        return hash.low();
    }
}
