package io.tocsin.pipeline.destination;

import java.io.IOException;
import java.time.Duration;

/// A peer can be reached and asks to come back later.
public final class PeerBusyException extends IOException {
    private static final long serialVersionUID = 1;

    private final Duration pause;

    /// @param reason what the peer said
    /// @param pause for how long it wants to be left alone, zero when it did not say
    public PeerBusyException(String reason, Duration pause) {
        super(reason);
        this.pause = pause;
    }

    /// For how long it wants to be left alone, zero when it did not say.
    public Duration pause() {
        return pause;
    }
}
