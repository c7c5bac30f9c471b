package io.tocsin.pipeline.pair;

import java.io.IOException;

/// Says to which of two collectors that do not hear each other what they held together belongs.
public interface Witness {
    /// Claims a session that has lost its contact. The first one to claim has it; the answer is the
    /// same for ever.
    ///
    /// @param claim the session, who claims it, and what it has of the other one
    /// @return the claim that was first
    /// @throws IOException when the witness cannot be asked; it may have noted the claim nevertheless
    PairMessage.Ending claim(PairMessage.Ending claim) throws IOException, InterruptedException;

    /// Where it is, for people.
    String name();
}
