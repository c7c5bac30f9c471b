package io.tocsin.pipeline.pair;

/// How a collector and its pair stand.
///
/// @param state `looking` for the other one after a start, `alone`, `keeper` and `helper` of a session,
///     `deciding` after the other one was lost, `refused`
/// @param peer where the other one is, empty when it is not known
/// @param detail a sentence for people; why a pair is refused
/// @param takeovers how often it took over what the other one held
/// @param dropped how often it forgot what it held, because the other one had taken it over
/// @param splitEvents events that were given out before their group was whole, so that two could become
///     a pair again
/// @param replicatedRecords records that the other one confirmed
/// @param forwardedRecords records that went to the other one, which keeps the groups
/// @param replicaBytes memory for what the other one holds
/// @param waitingRecords records that wait for the other one, or for the witness
/// @param waitingSinceMillis when the oldest of these was received, milliseconds since the epoch; 0: there is none
/// @param replicatedUntilMillis when the newest record was received that both have, milliseconds since the
///     epoch; 0: none since the start
public record PairFigures(
        String state,
        String peer,
        String detail,
        long takeovers,
        long dropped,
        long splitEvents,
        long replicatedRecords,
        long forwardedRecords,
        long replicaBytes,
        long waitingRecords,
        long waitingSinceMillis,
        long replicatedUntilMillis) {
    /// The sentence for a state.
    ///
    /// @param witness where it is
    static String detail(String state, String witness) {
        return switch (state) {
            case "keeper" -> "joins and folds what both receive; the other one has a replica";
            case "helper" -> "sends what it receives to the other one and has a replica of what that holds";
            case "deciding" -> "does not hear the other one and waits for the witness [witness=" + witness + "]";
            case "looking" -> "looks for the other one";
            default -> "does not hear the other one and goes on alone";
        };
    }
}
