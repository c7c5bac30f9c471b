package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;

/// The collector's disk forces slowly, or refuses to: nothing is acknowledged that is not forced.
record SlowDisk(boolean refusing) implements FaultScenario {
    private static final Duration LENGTH = Duration.ofSeconds(10);
    private static final int SLOW_MILLIS = 2_000;

    @Override
    public String name() {
        return refusing ? "disk-refuses" : "disk-slow";
    }

    @Override
    public String what() {
        return (refusing
                        ? "every force of the collector's disk fails"
                        : "every force of the collector's disk takes 2 s")
                + " for " + LENGTH.toSeconds() + " s";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(15);
    }

    @Override
    public String obstacle(FaultSite site) {
        return CompiledLibrary.obstacle();
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        FaultyDisk disk = FaultyDisk.make(site.folder());
        site.collector().restartKilled(SiteProcess.Change.environment(disk.environment()));
        disk.order(refusing ? "error" : Integer.toString(SLOW_MILLIS));
        try {
            Thread.sleep(LENGTH);
        } finally {
            disk.well();
        }
        site.faultOver();
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        site.collector().restartStopped();
    }
}
