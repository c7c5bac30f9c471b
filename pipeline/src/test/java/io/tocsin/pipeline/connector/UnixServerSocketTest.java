package io.tocsin.pipeline.connector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UnixServerSocketTest {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int TYPES = 0xF000;
    private static final int FOLDER = 0x4000;

    @TempDir
    Path folder;

    private Path socket() {
        return folder.resolve("events.sock");
    }

    private ServerSocket bind(String permissions) throws IOException {
        return UnixServerSocket.bind(socket(), PosixFilePermissions.fromString(permissions), 10);
    }

    private static int mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    }

    /// Looks at everything in the folder again and again, as another user who waits for his moment would.
    @Test
    void leavesNoMomentInWhichAnotherUserCouldConnect() throws Exception {
        Set<String> sockets = new ConcurrentSkipListSet<>();
        Set<String> folders = ConcurrentHashMap.newKeySet();
        AtomicBoolean over = new AtomicBoolean();
        Thread watcher = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                    for (Path entry : entries) {
                        int mode = mode(entry);
                        ((mode & TYPES) == FOLDER ? folders : sockets).add(Integer.toOctalString(mode & 0777));
                    }
                    sockets.add(Integer.toOctalString(mode(socket()) & 0777));
                } catch (NoSuchFileException gone) {
                    Thread.onSpinWait();
                } catch (IOException e) {
                    sockets.add(e.toString());
                }
            }
        });
        try {
            for (int i = 0; i < 2000 || sockets.isEmpty() || folders.isEmpty(); i++) {
                bind("rw-------").close();
            }
        } finally {
            over.set(true);
            watcher.join();
        }
        assertThat(sockets).containsExactly("600");
        assertThat(folders).containsExactly("700");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void listensAtOnceWhereItsFileIsSeen() throws IOException {
        try (ServerSocket server = bind("rw-rw----")) {
            assertThat(folder).isDirectoryContaining(entry -> entry.equals(socket()));
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                assertThat(entries).containsExactly(socket());
            }
            assertThat(mode(socket()) & 0777).isEqualTo(0660);
            try (SocketChannel sender = SocketChannel.open(UnixDomainSocketAddress.of(socket()));
                    Socket accepted = server.accept()) {
                assertThat(sender.isConnected()).isTrue();
                assertThat(accepted.isClosed()).isFalse();
            }
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void leavesNothingBehindWhenItCannotListen() throws IOException {
        Path tooLong = folder.resolve("x".repeat(100) + ".sock");
        assertThatThrownBy(() -> UnixServerSocket.bind(tooLong, Set.of(), 10))
                .isInstanceOf(IOException.class)
                .hasMessage("the path is longer than 106 bytes");
        assertThatThrownBy(() -> UnixServerSocket.bind(folder.resolve("none/events.sock"), Set.of(), 10))
                .isInstanceOf(IOException.class)
                .hasMessage("no such folder");
        assertThat(folder).isEmptyDirectory();
    }

    /// Its path is as long as a path can be.
    @Test
    void canBeReachedWhereverItCanBeMade() throws IOException {
        int rest = 106 - folder.toString().length() - 1;
        Path longest = folder.resolve("x".repeat(rest));
        try (ServerSocket server = UnixServerSocket.bind(longest, PosixFilePermissions.fromString("rw-------"), 10);
                SocketChannel sender = SocketChannel.open(UnixDomainSocketAddress.of(longest));
                Socket accepted = server.accept()) {
            assertThat(sender.isConnected()).isTrue();
            assertThat(accepted.isClosed()).isFalse();
        }
        assertThatThrownBy(() -> UnixServerSocket.bind(folder.resolve("x".repeat(rest + 1)), Set.of(), 10))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aConnectionTakesAsManyDescriptorsAsAreCounted() throws IOException {
        Assumptions.assumeTrue(Files.exists(DESCRIPTORS), "only Linux shows descriptors in /proc");
        int connections = 20;
        List<AutoCloseable> open = new ArrayList<>();
        try (ServerSocket server = bind("rw-rw----")) {
            // The first one loads classes, which opens files.
            connect(server, open);
            long before = descriptors();
            for (int i = 0; i < connections; i++) {
                connect(server, open);
            }
            // One more of each connection is the sender's.
            assertThat(descriptors() - before).isEqualTo(connections * (UnixSocket.DESCRIPTORS + 1L));
        } finally {
            for (AutoCloseable each : open) {
                closeQuietly(each);
            }
        }
    }

    private void connect(ServerSocket server, List<AutoCloseable> open) throws IOException {
        open.add(SocketChannel.open(UnixDomainSocketAddress.of(socket())));
        open.add(server.accept());
    }

    private static long descriptors() throws IOException {
        try (var entries = Files.list(DESCRIPTORS)) {
            return entries.count();
        }
    }

    private static void closeQuietly(AutoCloseable each) {
        try {
            each.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
