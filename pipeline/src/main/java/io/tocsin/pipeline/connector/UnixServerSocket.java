package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Listens on a socket in the file system (AF_UNIX, SOCK_STREAM). The Java runtime has such sockets only as channels
/// without timeouts; this one is used as any other [ServerSocket].
///
/// Its file goes when it is closed, unless somebody put another one there meanwhile.
///
/// Thread-safety: one thread accepts, any other closes.
final class UnixServerSocket extends ServerSocket {
    /// Type of a file in its mode, and that of a socket (`sys/stat.h`: `S_IFMT`, `S_IFSOCK`).
    private static final int TYPE = 0xF000;

    private static final int SOCKET = 0xC000;

    private final Path path;
    private final ServerSocketChannel channel;
    private final Selector selector;
    private final @Nullable Object fileKey;
    private volatile int timeoutMillis;

    private UnixServerSocket(Path path, ServerSocketChannel channel, Selector selector) throws IOException {
        this.path = path;
        this.channel = channel;
        this.selector = selector;
        this.fileKey = fileKey(path);
    }

    /// Listens. A socket whose process has died is removed before.
    ///
    /// @param permissions of the file
    /// @throws BindException when a process listens there
    /// @throws FileAlreadyExistsException when a file of another kind is there
    /// @throws IOException when the folder is missing or not for this process, or the path is too long for the
    /// system (more than 107 bytes on Linux)
    static UnixServerSocket bind(Path path, Set<PosixFilePermission> permissions, int backlog) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        removeDead(path, address);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean bound = false;
        Selector selector = null;
        try {
            channel.bind(address, backlog);
            bound = true;
            Files.setPosixFilePermissions(path, permissions);
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
            return new UnixServerSocket(path, channel, selector);
        } catch (IOException e) {
            channel.close();
            if (selector != null) {
                selector.close();
            }
            if (bound) {
                Files.deleteIfExists(path);
            }
            throw e;
        }
    }

    private static void removeDead(Path path, UnixDomainSocketAddress address) throws IOException {
        int mode;
        try {
            mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException nothingIsThere) {
            return;
        }
        if ((mode & TYPE) != SOCKET) {
            throw new FileAlreadyExistsException(path.toString(), null, "a file that is no socket is there");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Without waiting: a process that accepts nothing at the moment is alive as well.
            probe.configureBlocking(false);
            probe.connect(address);
        } catch (ConnectException nobodyListens) {
            Files.deleteIfExists(path);
            return;
        }
        throw new BindException("another process listens there");
    }

    private static @Nullable Object fileKey(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /// @throws SocketTimeoutException when nobody came in time
    @Override
    public Socket accept() throws IOException {
        SocketChannel accepted = channel.accept();
        if (accepted == null) {
            try {
                selector.select(timeoutMillis);
                selector.selectedKeys().clear();
            } catch (ClosedSelectorException e) {
                throw new SocketException("closed");
            }
            accepted = channel.accept();
        }
        if (accepted == null) {
            throw new SocketTimeoutException("nobody connects");
        }
        return UnixSocket.of(accepted);
    }

    @Override
    public void setSoTimeout(int millis) {
        timeoutMillis = millis;
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return UnixDomainSocketAddress.of(path);
    }

    @Override
    public void close() throws IOException {
        if (isClosed()) {
            return;
        }
        channel.close();
        selector.close();
        try {
            if (Objects.equals(fileKey, fileKey(path))) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException goneAlready) {
            // Nothing is left to be removed.
        }
    }

    @Override
    public String toString() {
        return "UnixServerSocket[" + path + "]";
    }
}
