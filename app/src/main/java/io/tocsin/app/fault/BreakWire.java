package io.tocsin.app.fault;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// The wire before or behind the collector does what wires do.
record BreakWire(Wire wire, NetworkRelay.Mode mode, Duration length, Duration bound) implements FaultScenario {
    /// Which one.
    enum Wire {
        SENDER_TO_COLLECTOR,
        COLLECTOR_TO_STORAGE
    }

    @Override
    public String name() {
        return "wire-" + mode.name().toLowerCase(Locale.ROOT).replace('_', '-')
                + (wire == Wire.SENDER_TO_COLLECTOR ? "-input" : "-storage");
    }

    @Override
    public String what() {
        String where =
                wire == Wire.SENDER_TO_COLLECTOR ? "between sender and collector" : "between collector and storage";
        return switch (mode) {
                    case SILENT -> "no byte passes " + where;
                    case REFUSING -> "connections are reset and refused " + where;
                    case ANSWERS_LOST -> "data passes and answers do not " + where;
                    case CORRUPT -> "bits are turned " + where;
                    case SLOW -> "everything is late " + where;
                    case WHOLE -> "nothing";
                }
                + " for " + length.toSeconds() + " s";
    }

    @Override
    public Recovery recoversWhen() {
        return wire == Wire.SENDER_TO_COLLECTOR ? Recovery.ACKNOWLEDGED : Recovery.STORED;
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        NetworkRelay relay = wire == Wire.SENDER_TO_COLLECTOR ? site.toCollector() : site.toStorage();
        relay.mode(mode);
        try {
            Thread.sleep(length);
        } finally {
            relay.mode(NetworkRelay.Mode.WHOLE);
            if (mode == NetworkRelay.Mode.CORRUPT) {
                // What was bent is on its way; a new connection is clean.
                relay.breakConnections();
            }
        }
        site.faultOver();
    }
}
