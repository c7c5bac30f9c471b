package io.tocsin.pipeline.destination;

import java.io.IOException;
import java.time.Duration;

/// One connection to a peer. Packets go out one at a time and in order.
///
/// Thread-safety: one thread, except [#close()], which any thread calls to end a call that takes too long: that
/// call then fails with an [IOException].
public interface Sender extends AutoCloseable {
    /// Sends a packet. Returns when the peer has it, or, where the protocol tells later, when it is on its way:
    /// [#unconfirmed()] then counts it.
    ///
    /// @throws RefusedPacketException when the peer will never take this packet; the connection
    ///     goes on
    /// @throws PeerBusyException when the peer asks to come back later
    /// @throws IOException when nothing is known: the packet, and those that are unconfirmed, are sent again, to
    ///     this peer or another
    void send(Packet packet) throws IOException, InterruptedException;

    /// How many of the packets sent last the peer may not have yet. Asked every few ten milliseconds while it is
    /// not zero, so it must be cheap. Packets count as delivered in the order in which they were sent.
    ///
    /// @throws IOException when the peer is gone or silent: what is unconfirmed is sent again
    default int unconfirmed() throws IOException {
        return 0;
    }

    /// How long packets may wait while none is confirmed, before the peer counts as gone.
    ///
    /// @param timeout the time limit of the destination
    default Duration patience(Duration timeout) {
        return timeout;
    }

    /// Nothing more comes for now and everything is to be brought to an end: confirms what can be
    /// confirmed.
    default void finish() throws IOException {
        // Most have nothing to finish.
    }

    @Override
    void close();
}
