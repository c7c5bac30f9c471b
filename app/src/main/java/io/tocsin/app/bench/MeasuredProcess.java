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

    /// The unit of times in `/proc` (`sysconf(_SC_CLK_TCK)`), which Linux tells programs on every machine.
    private static final Duration TICK = Duration.ofMillis(10);

    /// Where user and system time stand behind the name of a thread (proc(5), `stat`).
    private static final int USER_TICKS = 11;

    private final ProcessHandle process;

    public MeasuredProcess(ProcessHandle process) {
        this.process = process;
    }

    /// User and system time so far.
    public Duration cpu() {
        return all().map(each -> each.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /// The part of [#cpu] that compilers of Java machines took, whose threads still live.
    public Duration compilerCpu() {
        return TICK.multipliedBy(all().mapToLong(MeasuredProcess::compilerTicks).sum());
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

    private static long compilerTicks(ProcessHandle each) {
        long ticks = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + each.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                int name = stat.indexOf('(');
                if (stat.startsWith("C1 Compiler", name + 1) || stat.startsWith("C2 Compiler", name + 1)) {
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                    ticks += Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[USER_TICKS + 1]);
                }
            }
        } catch (IOException ended) {
            return ticks;
        }
        return ticks;
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
