package io.tocsin.app.fault;

import io.tocsin.pipeline.transport.log.CrashPoint;
import java.io.IOException;
import java.time.Duration;

/// The collector ends, as by `kill -9`, at a named point inside its log.
record CrashAtPoint(CrashPoint point) implements FaultScenario {
    /// Points that need rare circumstances may not be reached.
    private static final Duration REACHED = Duration.ofSeconds(20);
    private static final int TIMES = 3;

    @Override
    public String name() {
        return "crash-" + point.text();
    }

    @Override
    public String what() {
        return "the collector ends at the point " + point.text() + " of its log";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(10);
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        site.collector().kill();
        site.collector().restart("-D" + CrashPoint.PROPERTY + "=" + point.text() + ":" + TIMES);
        long until = System.nanoTime() + REACHED.toNanos();
        while (site.collector().isAlive() && System.nanoTime() < until) {
            Thread.sleep(20);
        }
        boolean reached = !site.collector().isAlive();
        if (!reached) {
            site.collector().kill();
        }
        site.faultOver();
        site.collector().restart();
        if (!reached) {
            throw new IOException("the point was not reached in " + REACHED.toSeconds() + " s");
        }
    }
}
