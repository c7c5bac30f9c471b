package io.tocsin.correlator.window;

/// About how much memory the keys of all rules take together. It follows from what they hold, so it is the same
/// after a restart.
///
/// Thread-safety: one thread.
public final class HeldMemory {
    private long bytes;

    public HeldMemory() {}

    void add(long change) {
        bytes += change;
    }

    public long bytes() {
        return bytes;
    }
}
