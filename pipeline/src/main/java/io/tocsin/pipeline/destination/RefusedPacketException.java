package io.tocsin.pipeline.destination;

import java.io.IOException;

/// A peer that can be reached will never take a packet. It is split; a single event ends among
/// the dead letters.
public final class RefusedPacketException extends IOException {
    private static final long serialVersionUID = 1;

    /// @param reason what the peer said
    public RefusedPacketException(String reason) {
        super(reason);
    }
}
