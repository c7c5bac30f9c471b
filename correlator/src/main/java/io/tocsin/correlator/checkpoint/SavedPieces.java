package io.tocsin.correlator.checkpoint;

/// What was written of a part of the state: all of it, and then what changed, in the order in which it
/// was written. Pieces are read when they are asked for, in whatever order suits the part.
public interface SavedPieces {
    /// At least 1.
    int count();

    /// Reads a piece. It must be read to its end before the next one is asked for.
    ///
    /// @param number 0 for what [StatePart#write] wrote, others for [StatePart#writeChanges]
    /// @throws DamagedStateException when it cannot be read
    StateReader piece(int number);

    /// A part that was written once.
    static SavedPieces of(StateReader whole) {
        return new SavedPieces() {
            @Override
            public int count() {
                return 1;
            }

            @Override
            public StateReader piece(int number) {
                return whole;
            }
        };
    }
}
