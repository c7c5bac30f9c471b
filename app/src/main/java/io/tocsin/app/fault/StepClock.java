package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;

/// The collector's wall clock jumps by an hour under load and stays there.
record StepClock(boolean forward) implements FaultScenario {
    private static final Duration LENGTH = Duration.ofSeconds(3);

    @Override
    public String name() {
        return forward ? "clock-forward" : "clock-back";
    }

    @Override
    public String what() {
        return "the collector's clock steps an hour " + (forward ? "forward" : "back");
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(1);
    }

    @Override
    public String obstacle(FaultSite site) {
        return CompiledLibrary.obstacle();
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        SteppedClock clock = SteppedClock.make(site.folder());
        site.collector().restartKilled(SiteProcess.Change.environment(clock.environment()));
        Thread.sleep(LENGTH);
        clock.step(forward ? 3_600 : -3_600);
        site.faultOver();
    }

    @Override
    public void after(FaultSite site) throws IOException, InterruptedException {
        site.collector().restartStopped();
    }
}
