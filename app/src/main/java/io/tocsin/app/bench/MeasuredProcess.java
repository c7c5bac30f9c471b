package io.tocsin.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// CPU time and memory of a process and its descendants, as the kernel counts them.
public final class MeasuredProcess {
    private static final Duration QUIET = Duration.ofMillis(500);
    /// Less CPU time than this within [#QUIET] counts as idle.
    private static final Duration IDLE = Duration.ofMillis(15);

    private final ProcessHandle process;

    public MeasuredProcess(ProcessHandle process) {
        this.process = process;
    }

    /// User and system time so far.
    public Duration cpu() {
        return all().map(each -> each.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /// Resident memory now, in bytes.
    public long residentBytes() {
        return all().mapToLong(MeasuredProcess::residentBytes).sum();
    }

    /// Waits until the process has nothing to do any more, within the limit.
    public void awaitIdle(Duration limit) {
        long until = System.nanoTime() + limit.toNanos();
        Duration before = cpu();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(QUIET.toNanos());
            Duration now = cpu();
            if (now.minus(before).compareTo(IDLE) < 0) {
                return;
            }
            before = now;
        }
    }

    private Stream<ProcessHandle> all() {
        return Stream.concat(Stream.of(process), process.descendants());
    }

    private static long residentBytes(ProcessHandle each) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/" + each.pid() + "/status"));
            for (String line : lines) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
            return 0;
        } catch (IOException ended) {
            return 0;
        }
    }
}
