package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// `kill -9` of one process of the installation, which a supervisor starts again at once.
record KillProcess(Victim victim) implements FaultScenario {
    private static final int FINDINGS_SECONDS = 60;

    /// Who dies.
    enum Victim {
        COLLECTOR,
        STORAGE,
        CENTRE,
        CORRELATOR,
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
                    case CORRELATOR -> "the correlator; its supervisor starts it again";
                    case ALL -> "everything at once";
                };
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(10);
    }

    @Override
    public Recovery recoversWhen() {
        return victim == Victim.COLLECTOR || victim == Victim.CORRELATOR ? Recovery.ACKNOWLEDGED : Recovery.STORED;
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
            case CORRELATOR -> {
                site.correlator().kill();
                site.faultOver();
                site.correlator().restart();
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

    @Override
    public boolean needsCorrelator() {
        return victim == Victim.CORRELATOR;
    }

    /// Every hundredth event that is stored was found by the correlator, once, whatever died before.
    @Override
    public String finding(FaultSite site, FaultQueries queries) throws InterruptedException {
        if (victim != Victim.CORRELATOR) {
            return "";
        }
        String found = "";
        for (int i = 0; i < FINDINGS_SECONDS; i++) {
            try {
                long wanted = queries.rows(
                                site.centreData(),
                                "SELECT count() FROM events WHERE ServiceName = 'fault' AND Message LIKE '%00 end%'")
                        .path(0)
                        .path(0)
                        .asLong(-1);
                JsonNode row = queries.rows(
                                site.centreData(),
                                "SELECT count(), uniqExact(ExternalID) FROM events WHERE CorrelationRuleID = '"
                                        + FaultSite.HUNDREDTH + "'")
                        .path(0);
                found = "the correlator found " + row.path(0).asLong() + ", "
                        + row.path(1).asLong() + " different ones, of " + wanted;
                if (wanted > 0 && row.path(0).asLong() == wanted && row.path(1).asLong() == wanted) {
                    return "";
                }
            } catch (RuntimeException noAnswer) {
                found = String.valueOf(noAnswer.getMessage());
            }
            Thread.sleep(1_000);
        }
        return found;
    }
}
