package io.tocsin.pipeline.destination;

import java.io.IOException;
import java.util.List;

/// The peers of one destination: opens connections to them.
///
/// Thread-safety: any thread; a [Sender] belongs to one thread.
public interface Peers extends AutoCloseable {
    /// The peers as people wrote them, first those to prefer; at least one. A kind that finds its peers itself (a
    /// cluster with brokers) has one.
    List<PeerAddress> addresses();

    /// Opens a connection to a peer, or makes one ready that opens with the first packet. May block; is closed from
    /// another thread when it takes longer than the destination's time limit, so it must not swallow that.
    ///
    /// @param peer index in [#addresses()]
    /// @throws IOException when it cannot be reached; another peer is tried
    Sender connect(int peer) throws IOException, InterruptedException;

    /// Finds out whether a peer that failed can be reached again. Returns normally when it can.
    ///
    /// @param peer index in [#addresses()]
    /// @throws IOException when it cannot
    void probe(int peer) throws IOException, InterruptedException;

    /// Frees what connections shared.
    @Override
    void close();
}
