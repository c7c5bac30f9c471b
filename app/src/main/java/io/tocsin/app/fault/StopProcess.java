package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;

/// SIGTERM of the collector: it drains, ends, and is started again.
record StopProcess() implements FaultScenario {
    @Override
    public String name() {
        return "stop-collector";
    }

    @Override
    public String what() {
        return "SIGTERM to the collector, and a start";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(10);
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        site.collector().stop();
        site.faultOver();
        site.collector().restart();
    }
}
