package io.tocsin.pipeline.connector.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import jdk.net.ExtendedSocketOptions;

/// Lets a socket of the Java runtime listen on an address that this machine does not have yet
/// (`IP_FREEBIND`), such as the virtual address that the other machine of a pair holds. Needs no right.
///
/// The runtime neither has that option nor tells the descriptor of a socket. The descriptor is found
/// by an option that both sides can see: the runtime sets an interval of keep-alive that no other
/// socket of this process has, twice, and the one descriptor that shows both is the socket's.
public final class FreeBind {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int KEEP_ALIVE_INTERVAL = 5;
    private static final int USUAL_SECONDS = 75;
    /// Least of the intervals that tell the socket apart; nobody chooses such long ones.
    private static final int LEAST_MARK_SECONDS = 10_000;

    private static final int MOST_SECONDS = 32_767;
    private static final int MARKS = 2;

    private FreeBind() {}

    /// @param unbound not bound yet
    /// @throws IOException when the system does not know the option or this process may not set it
    public static void allow(ServerSocket unbound) throws IOException {
        if (!KernelAccess.isGranted()) {
            throw new IOException("freeBind needs Linux and --enable-native-access=ALL-UNNAMED");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = KernelCalls.errnoSegment(arena);
            int descriptor = descriptor(unbound, arena, state);
            if (!KernelCalls.option(
                    state,
                    descriptor,
                    KernelCalls.LEVEL_IP,
                    KernelCalls.IP_FREE_BIND,
                    arena.allocateFrom(JAVA_INT, 1))) {
                throw KernelCalls.failure("IP_FREEBIND", KernelCalls.errno(state));
            }
        }
    }

    private static int descriptor(ServerSocket socket, Arena arena, MemorySegment state) throws IOException {
        MemorySegment value = arena.allocate(JAVA_INT);
        MemorySegment length = arena.allocate(JAVA_INT);
        List<Integer> candidates = descriptors();
        for (int i = 0; i < MARKS; i++) {
            int mark = ThreadLocalRandom.current().nextInt(LEAST_MARK_SECONDS, MOST_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, mark);
            List<Integer> marked = new ArrayList<>();
            for (int candidate : candidates) {
                length.set(JAVA_INT, 0, Integer.BYTES);
                if (KernelCalls.readOption(state, candidate, KernelCalls.LEVEL_TCP, KEEP_ALIVE_INTERVAL, value, length)
                        && value.get(JAVA_INT, 0) == mark) {
                    marked.add(candidate);
                }
            }
            candidates = marked;
        }
        socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, USUAL_SECONDS);
        if (candidates.size() != 1) {
            throw new IOException("the descriptor of a socket was not found [candidates=" + candidates.size() + "]");
        }
        return candidates.getFirst();
    }

    private static List<Integer> descriptors() throws IOException {
        List<Integer> descriptors = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path entry : entries) {
                descriptors.add(Integer.parseInt(String.valueOf(entry.getFileName())));
            }
        } catch (NoSuchFileException e) {
            throw new IOException("freeBind needs /proc", e);
        }
        return descriptors;
    }
}
