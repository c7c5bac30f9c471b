package io.tocsin.correlator.engine;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Says for which events it is measured what each rule costs: one of so many on average, at intervals that no regular
/// stream can fall in step with. What is found does not depend on it.
///
/// Thread-safety: one thread.
final class CostSampler {
    private static final long SEED = 0x9E37_79B9_7F4A_7C15L;

    private @Nullable LongSupplier clock;
    private long random = SEED;
    private int interval = 1;
    private int left = Integer.MAX_VALUE;

    /// Begins to measure.
    ///
    /// @param meanInterval events between two that are measured, on average; what is measured stands for so many
    void start(LongSupplier nanoClock, int meanInterval) {
        clock = nanoClock;
        interval = meanInterval;
        left = meanInterval;
    }

    /// For how many events one that is measured stands.
    int meanInterval() {
        return interval;
    }

    /// The clock when this event is to be measured, else null.
    @Nullable
    LongSupplier next() {
        if (--left > 0) {
            return null;
        }
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        left = 1 + (int) ((random >>> 1) % (2L * interval - 1));
        return clock;
    }
}
