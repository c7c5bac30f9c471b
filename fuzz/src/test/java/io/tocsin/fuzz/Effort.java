package io.tocsin.fuzz;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// Holds one run over one input to a bound of processor time: what else the machine does is nothing the input is to
/// blame for.
///
/// Thread-safety: one thread.
final class Effort {
    /// Far above what any input of a fuzzer (some kilobytes) takes, instrumented; far below what a loop takes.
    private static final long LIMIT_NANOS = 5_000_000_000L;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final long start = THREADS.getCurrentThreadCpuTime();

    /// Fails when the run took too long.
    void check() {
        long used = THREADS.getCurrentThreadCpuTime() - start;
        if (used > LIMIT_NANOS) {
            throw new AssertionError("input takes too long [cpuMillis=" + used / 1_000_000 + "]");
        }
    }
}
