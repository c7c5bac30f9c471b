package io.tocsin.pipeline.connector;

import java.io.IOException;

/// What is spoken over the connections of a [StreamListener]: one object for all of them.
///
/// Thread-safety: each connection calls from a virtual thread of its own.
interface StreamProtocol {
    /// Serves a connection until its peer has ended it, it is broken, or a drain has left nothing to be read;
    /// [StreamConnection#read] tells all of them. The socket is closed afterwards.
    ///
    /// @throws IOException when the connection fails otherwise; it is counted
    void serve(StreamConnection connection) throws IOException;
}
