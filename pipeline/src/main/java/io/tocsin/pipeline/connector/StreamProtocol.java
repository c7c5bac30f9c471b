package io.tocsin.pipeline.connector;

import java.io.IOException;

/// What is spoken over the connections of a [StreamListener]: one object for all of them.
///
/// Thread-safety: each connection calls from a virtual thread of its own.
interface StreamProtocol {
    /// Takes what is needed before the first connection, such as tokens from files; called before the port
    /// opens.
    ///
    /// @throws io.tocsin.error.TocsinException when that is not possible
    default void prepare() {}

    /// Serves a connection until its peer has ended it, it is broken, or a drain has left nothing to be
    /// read; [StreamConnection#read] tells all of them. The socket is closed afterwards.
    ///
    /// @throws IOException when the connection fails otherwise; it is counted
    void serve(StreamConnection connection) throws IOException;

    /// Whether peers wait for answers, so that the protocol itself says when this side has ended. Where nothing is ever
    /// answered, a drain begins with the end of this side's half: a peer that looks before it writes, as rsyslog
    /// does, goes elsewhere at once, and nothing that it has written is lost.
    default boolean answers() {
        return true;
    }
}
