package io.tocsin.pipeline.pair;

import java.nio.file.Path;

/// What a collector of a pair does next with what it read from its log.
public sealed interface PairTurn {
    /// Deal with the first items as a collector alone would.
    record Proceed(int items) implements PairTurn {}

    /// Pass over the first items: the other one deals with them.
    record Skip(int items) implements PairTurn {}

    /// Read on, or wait for the other one.
    record Wait() implements PairTurn {}

    /// Tell [PairMember#snapshot] what is held.
    record Snapshot() implements PairTurn {}

    /// Give out what is held, so that nothing is: the other one keeps groups from now on.
    record GiveOut() implements PairTurn {}

    /// Save, then call [PairMember#yielded]: nothing is held.
    record Yield() implements PairTurn {}

    /// Forget what is held, the other one has it; then save with the session as done.
    record Drop(long session) implements PairTurn {}

    /// Take over what the other one held; then save with the session as done.
    record Install(long session, Path replica) implements PairTurn {}

    /// Note the session as done.
    record Note(long session) implements PairTurn {}

    /// Save, then call [PairMember#settled].
    record Settle() implements PairTurn {}
}
