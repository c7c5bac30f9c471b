package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// `kill -9` of one process of the installation, which a supervisor starts again at once.
record KillProcess(Victim victim) implements FaultScenario {
    /// Who dies.
    enum Victim {
        COLLECTOR,
        STORAGE,
        CENTRE,
        /// Collector and centre.
        ALL
    }

    @Override
    public String name() {
        return "kill-" + victim.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String what() {
        return "kill -9 of "
                + switch (victim) {
                    case COLLECTOR -> "the collector; its supervisor starts it again";
                    case STORAGE -> "the storage engine; the centre starts it again";
                    case CENTRE -> "the centre with its storage; its supervisor starts it again";
                    case ALL -> "everything at once";
                };
    }

    @Override
    public Duration bound() {
        return victim == Victim.COLLECTOR ? Duration.ofSeconds(10) : Duration.ofSeconds(30);
    }

    @Override
    public Recovery recoversWhen() {
        return victim == Victim.COLLECTOR ? Recovery.ACKNOWLEDGED : Recovery.STORED;
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        switch (victim) {
            case COLLECTOR -> {
                site.collector().kill();
                site.faultOver();
                site.collector().restart();
            }
            case STORAGE -> {
                site.centre().killChild("storage");
                site.faultOver();
            }
            case CENTRE -> {
                site.centre().kill();
                site.faultOver();
                site.centre().restart();
            }
            case ALL -> {
                site.centre().kill();
                site.collector().kill();
                site.faultOver();
                site.collector().restart("");
                site.centre().restart();
                site.collector().awaitReady();
            }
        }
    }
}
