package io.tocsin.core.collector;

import org.jspecify.annotations.Nullable;

/// How a collector and the other one of its pair stand.
///
/// @param state `looking`, `alone`, `keeper`, `helper`, `deciding` or `refused`
/// @param peer where the other one is, empty when it is not heard
/// @param detail a sentence for people
/// @param takeovers how often it took over what the other one held
/// @param dropped how often the other one took over what it held
/// @param splitEvents events that were given out before their group was whole, so that two could become
///     a pair again
/// @param replicaBytes memory for what the other one holds
/// @param waitingRecords batches that wait for the other one or for the witness
/// @param replicatedUntil epoch ms: when the newest batch was received that both have; null: none since the start
/// @param lagMillis for how long the oldest of the waiting batches has waited, 0 when none does
public record CollectorPair(
        String state,
        String peer,
        String detail,
        long takeovers,
        long dropped,
        long splitEvents,
        long replicaBytes,
        long waitingRecords,
        @Nullable Long replicatedUntil,
        long lagMillis) {}
