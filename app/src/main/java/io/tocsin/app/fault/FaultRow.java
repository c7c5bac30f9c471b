package io.tocsin.app.fault;

import java.time.Duration;

/// What came out of a scenario.
///
/// @param sent events handed to the socket
/// @param acknowledged events whose acknowledgement was seen
/// @param stored different events in storage
/// @param lost acknowledged events that are not in storage and of which nobody says that they are gone
/// @param destroyed events that the fault itself destroyed and the collector counted
/// @param twice copies of events that are in storage already
/// @param balance of the ledger afterwards, 0 when every event is accounted for
/// @param recovery how long it took: see [FaultScenario#recoversWhen()]
/// @param note why it was skipped or failed, else empty
public record FaultRow(
        String scenario,
        long sent,
        long acknowledged,
        long stored,
        long lost,
        long destroyed,
        long twice,
        long balance,
        Duration recovery,
        Duration bound,
        String note) {
    static FaultRow skipped(FaultScenario scenario, String why) {
        return new FaultRow(scenario.name(), 0, 0, 0, 0, 0, 0, 0, Duration.ZERO, scenario.bound(), "skipped: " + why);
    }

    static FaultRow failed(FaultScenario scenario, String why) {
        return new FaultRow(scenario.name(), 0, 0, 0, 0, 0, 0, 0, Duration.ZERO, scenario.bound(), why);
    }

    public boolean skipped() {
        return note.startsWith("skipped");
    }

    /// Nothing acknowledged lost or doubled, every event accounted for, and events flowed again in time. What was
    /// skipped has not passed.
    public boolean passed() {
        return note.isEmpty()
                && acknowledged > 0
                && lost == 0
                && twice == 0
                && balance == 0
                && recovery.compareTo(bound) <= 0;
    }

    public String verdict() {
        return passed() ? "passed" : skipped() ? note : note.isEmpty() ? "FAILED" : "FAILED: " + note;
    }
}
