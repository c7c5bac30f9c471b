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
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Listens on a socket in the file system (AF_UNIX, SOCK_STREAM). The Java runtime has such sockets only as channels
/// without timeouts; this one is used as any other [ServerSocket].
///
/// The file is made in a folder that only this user may enter, and is linked to its place with the permissions it is to
/// have: whoever may not connect has no moment in which he could. (The file mode mask of the process would do as well,
/// but it would be another one for everything that other threads create at that moment.) A link, unlike a renaming,
/// never replaces what another process has put there.
///
/// The file goes when it is closed, unless somebody put another one there meanwhile.
///
/// Thread-safety: one thread accepts, any other closes.
final class UnixServerSocket extends ServerSocket {
    private static final System.Logger LOGGER = System.getLogger(UnixServerSocket.class.getName());
    /// Type of a file in its mode, and that of a socket (`sys/stat.h`: `S_IFMT`, `S_IFSOCK`).
    private static final int TYPE = 0xF000;

    private static final int SOCKET = 0xC000;

    /// What the Java runtime takes for the address of such a socket on Linux, one byte less than the system.
    private static final int MOST_PATH_BYTES = 106;

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    /// Of four digits to the base of 36.
    private static final int NAMES = 36 * 36 * 36 * 36;

    private final Path path;
    private final ServerSocketChannel channel;
    private final Selector selector;
    private final @Nullable Object fileKey;
    private volatile int timeoutMillis;

    private UnixServerSocket(Path path, ServerSocketChannel channel, Selector selector, @Nullable Object fileKey)
            throws IOException {
        this.path = path;
        this.channel = channel;
        this.selector = selector;
        this.fileKey = fileKey;
    }

    /// Listens. A socket whose process has died is removed before.
    ///
    /// @param permissions of the file
    /// @throws BindException when a process listens there, or has put a file there this moment
    /// @throws FileAlreadyExistsException when a file of another kind is there
    /// @throws IOException when the folder is missing or not for this process, or the path is too long for the
    /// system (more than 106 bytes on Linux, with a name of at least 7)
    static UnixServerSocket bind(Path path, Set<PosixFilePermission> permissions, int backlog) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MOST_PATH_BYTES) {
            // The system would not say so: it sees the shorter path of the file that is linked.
            throw new IOException("the path is longer than " + MOST_PATH_BYTES + " bytes");
        }
        removeDead(path, UnixDomainSocketAddress.of(path));
        Path folder = ownFolder(path);
        Path made = folder.resolve("s");
        try {
            return bind(path, made, permissions, backlog);
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder);
        }
    }

    private static UnixServerSocket bind(Path path, Path made, Set<PosixFilePermission> permissions, int backlog)
            throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = null;
        try {
            channel.bind(UnixDomainSocketAddress.of(made), backlog);
            Files.setPosixFilePermissions(made, permissions);
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
            UnixServerSocket socket = new UnixServerSocket(path, channel, selector, fileKey(made));
            Files.createLink(path, made);
            return socket;
        } catch (IOException e) {
            channel.close();
            if (selector != null) {
                selector.close();
            }
            if (e instanceof FileAlreadyExistsException) {
                throw new BindException("another process has put a file there this moment");
            }
            throw e;
        }
    }

    /// Makes a folder beside the socket; its short name leaves the path of the socket its length.
    private static Path ownFolder(Path path) throws IOException {
        while (true) {
            String name = Integer.toString(ThreadLocalRandom.current().nextInt(NAMES), Character.MAX_RADIX);
            try {
                return Files.createDirectory(path.resolveSibling("." + name), OWNER_ONLY);
            } catch (FileAlreadyExistsException taken) {
                LOGGER.log(System.Logger.Level.DEBUG, "another name is tried", taken);
            } catch (NoSuchFileException e) {
                throw new IOException("no such folder", e);
            } catch (AccessDeniedException e) {
                throw new IOException("permission denied", e);
            }
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
