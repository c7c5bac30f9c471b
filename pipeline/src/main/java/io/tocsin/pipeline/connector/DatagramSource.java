package io.tocsin.pipeline.connector;

import io.tocsin.event.EntryOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/// Where datagrams come from: the kernel itself where that is possible, the Java runtime elsewhere.
///
/// Thread-safety: one thread receives; [#wake()] and [#drops()] come from any other one, [#close()]
/// from any one when the
/// last [#receive()] has returned.
interface DatagramSource extends AutoCloseable {
    /// Makes the origin of a sender not seen before.
    @FunctionalInterface
    interface Origins {
        /// @param local the address to which it sent
        EntryOrigin of(InetAddress peer, int port, InetAddress local);
    }

    /// Waits a second or so for a datagram and takes it with those that have come behind it.
    ///
    /// @return how many are at hand now, 0 when none came
    int receive() throws IOException;

    /// Most that [#receive()] takes; when it took so many there may be more.
    int capacity();

    /// One of the datagrams at hand, between position and limit; valid until the next call.
    ByteBuffer datagram(int index);

    /// Who sent it.
    EntryOrigin origin(int index) throws IOException;

    /// What it is bound to.
    InetSocketAddress local();

    /// Size of the kernel's receive buffer.
    int grantedBytes();

    /// Datagrams that the kernel has thrown away because that buffer was full, since it was bound; also
    /// known when it was
    /// closed.
    long drops() throws IOException;

    /// Lets [#receive()] return; from then on it waits no more.
    void wake() throws IOException;

    @Override
    void close() throws IOException;
}
