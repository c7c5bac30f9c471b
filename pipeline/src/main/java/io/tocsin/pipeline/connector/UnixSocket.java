package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Set;

/// An accepted connection of a [UnixServerSocket], received from only, used as any other [Socket].
///
/// Its peer has no address: all of them come from the loopback address, as far as anything is counted by address.
///
/// Thread-safety: one thread reads, any other shuts down or closes.
final class UnixSocket extends Socket {
    /// That one connection takes: the channel's, and the two by which its selector waits and is woken up.
    static final int DESCRIPTORS = 3;

    private final SocketChannel channel;
    private final Selector selector;
    private final InputStream in = new Input();
    private volatile int timeoutMillis;
    private volatile boolean inputEnded;

    private UnixSocket(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /// Takes a connection over; it is closed when that is not possible.
    static UnixSocket of(SocketChannel channel) throws IOException {
        Selector selector = null;
        try {
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new UnixSocket(channel, selector);
        } catch (IOException e) {
            channel.close();
            if (selector != null) {
                selector.close();
            }
            throw e;
        }
    }

    private int receive(byte[] buffer, int offset, int length) throws IOException {
        ByteBuffer target = ByteBuffer.wrap(buffer, offset, length);
        long beganNanos = System.nanoTime();
        while (true) {
            // Asked before the look at the channel: what came before the end is read first.
            boolean ends = inputEnded;
            int read = channel.read(target);
            if (read != 0 || length == 0) {
                return read;
            }
            if (ends) {
                return -1;
            }
            long waitMillis = 0;
            if (timeoutMillis > 0) {
                waitMillis = timeoutMillis - (System.nanoTime() - beganNanos) / 1_000_000L;
                if (waitMillis <= 0) {
                    throw new SocketTimeoutException("nothing came in time");
                }
            }
            try {
                selector.select(waitMillis);
                selector.selectedKeys().clear();
            } catch (ClosedSelectorException e) {
                throw new SocketException("closed");
            }
        }
    }

    /// What the peer sends.
    ///
    /// Thread-safety: one thread.
    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return receive(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return receive(buffer, offset, length);
        }
    }

    @Override
    public InputStream getInputStream() {
        return in;
    }

    /// A stream that takes nothing: no protocol over these sockets answers.
    @Override
    public OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new SocketException("nothing is sent over this socket");
            }
        };
    }

    @Override
    public InetAddress getInetAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public void setSoTimeout(int millis) {
        timeoutMillis = millis;
    }

    /// Has no meaning here: the kernel knows when the peer has gone.
    @Override
    public void setKeepAlive(boolean on) {}

    /// Has no meaning here.
    @Override
    public void setTcpNoDelay(boolean on) {}

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    /// Ends the input behind what has arrived.
    @Override
    public void shutdownInput() {
        inputEnded = true;
        selector.wakeup();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
        selector.close();
    }

    @Override
    public String toString() {
        return "UnixSocket[" + channel + "]";
    }
}
