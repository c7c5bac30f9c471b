package io.tocsin.pipeline.pair;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What two collectors of a pair tell each other, see `docs/specs/pair.md`.
@SuppressWarnings("ArrayRecordComponent") // messages are handed on, never compared
public sealed interface PairMessage {
    /// Who speaks, and what it knows of sessions.
    ///
    /// @param collector name of the collector
    /// @param node number of the collector's log, for as long as it is not made anew
    /// @param listens true for the side that takes connections
    /// @param parts hashes of the configuration, by key
    /// @param session the session that binds it, 0: none
    /// @param keeper true when it keeps the groups in this session
    /// @param doomed true when the session can only be ended by the witness
    /// @param settled true when nothing of an ended session is left to do
    /// @param ended how the last session ended that it knows of
    /// @param heldEvents events that it holds over now
    /// @param reached a keeper: up to where it has what the helper received, a place in the helper's
    ///     log; a helper: up to where it has a replica, a place in the keeper's log; null: nothing
    record Hello(
            String collector,
            long node,
            boolean listens,
            Map<String, String> parts,
            long session,
            boolean keeper,
            boolean doomed,
            boolean settled,
            @Nullable Ending ended,
            long heldEvents,
            @Nullable LogPosition reached)
            implements PairMessage {
        public Hello {
            parts = Map.copyOf(parts);
        }
    }

    /// No pair can be made of the two.
    record Refusal(String reason) implements PairMessage {}

    /// The keeper offers a session.
    record Proposal(long session) implements PairMessage {}

    /// The helper has given out what it held, and is bound.
    record Acceptance(long session) implements PairMessage {}

    /// A piece of the keeper's state at a place of its log.
    ///
    /// @param position the place in the keeper's log
    /// @param received up to where what the helper received is part of it, a place in the helper's log
    /// @param totalBytes of all pieces
    /// @param bytes the next piece
    record Snapshot(LogPosition position, @Nullable LogPosition received, int totalBytes, byte[] bytes)
            implements PairMessage {}

    /// What the keeper reads next.
    ///
    /// @param position the place behind it in the keeper's log
    /// @param received set when it came from the helper: the place behind it in the helper's log
    /// @param appendedAtMillis when it was appended at the keeper
    /// @param batch encoded
    record Entry(LogPosition position, @Nullable LogPosition received, long appendedAtMillis, byte[] batch)
            implements PairMessage {}

    /// The helper has everything up to a place of the keeper's log.
    record Confirmation(LogPosition position) implements PairMessage {}

    /// What the helper received.
    ///
    /// @param position the place behind it in the helper's log
    /// @param batch encoded
    record Forward(LogPosition position, byte[] batch) implements PairMessage {}

    /// I am alive.
    record Beat() implements PairMessage {}

    /// I stop: take over now.
    record Leave() implements PairMessage {}

    /// A session has ended.
    record Ended(Ending ending) implements PairMessage {}

    /// How a session ended.
    ///
    /// @param winner node that keeps what was held
    /// @param reached up to where it has what the other one received: a helper that won, a place in the
    ///     keeper's log; a keeper that won, one in the helper's; null: nothing
    record Ending(long session, long winner, @Nullable LogPosition reached) {}
}
