package io.tocsin.correlator.checkpoint;

import java.util.List;

/// Everything that a correlator needs to go on where it stopped. The state itself stands in segments,
/// to which the chains point.
///
/// @param number of checkpoints that were made before it, and 1
/// @param position place in the input after the last event whose effect is in the state; opaque
/// @param outputSequence number of events in the output when the state was taken
/// @param rulesHash hash of the rule set that made the output
/// @param head what is small and changes each time
/// @param chains where each part of the state is
@SuppressWarnings("ArrayRecordComponent")
public record Checkpoint(
        long number, byte[] position, long outputSequence, long rulesHash, byte[] head, List<Chain> chains) {
    public Checkpoint {
        chains = List.copyOf(chains);
    }

    /// Where a part of the state is: written whole, and what changed after that.
    ///
    /// @param part [StatePart#name]
    /// @param contentHash [StatePart#contentHash]
    /// @param pieces the first one is the whole part
    public record Chain(String part, long contentHash, List<Piece> pieces) {
        public Chain {
            pieces = List.copyOf(pieces);
        }

        /// Bytes of all pieces.
        public long bytes() {
            return pieces.stream().mapToLong(Piece::length).sum();
        }

        /// Bytes of the changes, for each byte of the whole part.
        double share() {
            long whole = pieces.getFirst().length();
            return (bytes() - whole) / (double) Math.max(1, whole);
        }
    }

    /// A run of bytes in a segment.
    ///
    /// @param segment number of the file
    /// @param offset from its beginning
    /// @param checksum CRC32C of the bytes
    public record Piece(long segment, long offset, int length, int checksum) {}
}
