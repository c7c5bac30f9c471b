package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;

/// SIGSTOP, a while, SIGCONT: a machine that hangs, a very long collection of garbage.
record FreezeProcess(boolean centre) implements FaultScenario {
    private static final Duration FROZEN = Duration.ofSeconds(8);

    @Override
    public String name() {
        return centre ? "freeze-centre" : "freeze-collector";
    }

    @Override
    public String what() {
        return (centre ? "the centre" : "the collector") + " stands still for " + FROZEN.toSeconds() + " s (SIGSTOP)";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(15);
    }

    @Override
    public Recovery recoversWhen() {
        return centre ? Recovery.STORED : Recovery.ACKNOWLEDGED;
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        SiteProcess victim = centre ? site.centre() : site.collector();
        victim.signal("STOP");
        try {
            Thread.sleep(FROZEN);
        } finally {
            victim.signal("CONT");
        }
        site.faultOver();
    }
}
