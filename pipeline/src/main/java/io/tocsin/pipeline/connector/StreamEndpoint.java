package io.tocsin.pipeline.connector;

import io.tocsin.error.TocsinException;
import io.tocsin.event.EntryOrigin;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/// Where a [StreamListener] listens.
///
/// Thread-safety: one thread listens; the rest from any.
interface StreamEndpoint {
    /// Opens the listening socket; again, at the same place, after the one before was closed.
    ///
    /// @throws IOException when the place is taken or cannot be had
    ServerSocket listen() throws IOException;

    /// Says for people why [#listen()] failed, and what to do about it.
    TocsinException failure(IOException cause);

    /// How many descriptors of files one connection takes from those of this process.
    int descriptorsPerConnection();

    /// The place as people write it; with the real port after [#listen()].
    String address();

    /// Where events of a connection enter.
    ///
    /// @param proxied the peer that a PROXY header named; null without one
    /// @param subject of the peer's certificate; empty without one
    EntryOrigin origin(Socket socket, @Nullable InetSocketAddress proxied, String subject);
}
