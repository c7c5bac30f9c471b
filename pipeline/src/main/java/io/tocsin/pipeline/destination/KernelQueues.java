package io.tocsin.pipeline.destination;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks the kernel how many bytes of a TCP connection the peer has not acknowledged: the column `tx_queue` of
/// `/proc/self/net/tcp` and `tcp6` (Linux, `Documentation/networking/proc_net_tcp.rst`).
///
/// Reading these files costs as much as the machine has connections, so one reading serves everybody and the pauses
/// between readings are at least twenty times as long as a reading took.
///
/// Thread-safety: any thread.
final class KernelQueues {
    /// That of the process.
    static final KernelQueues PROCESS =
            new KernelQueues(List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6")));

    private static final System.Logger LOGGER = System.getLogger(KernelQueues.class.getName());
    private static final long LEAST_PAUSE_NANOS = 20_000_000;
    private static final int PAUSE_FACTOR = 20;
    private static final int LOCAL_COLUMN = 1;
    private static final int REMOTE_COLUMN = 2;
    private static final int STATE_COLUMN = 3;
    private static final int QUEUE_COLUMN = 4;
    private static final String LISTENING = "0A";

    private final List<Path> files;
    private @Nullable Reading newest;
    private long nextNanos = System.nanoTime();

    /// What the files said.
    ///
    /// @param beganNanos when reading began, on the clock of [System#nanoTime()]
    /// @param bytes by `localPort << 16 | remotePort`; where two connections share the ports, the
    ///     larger number
    record Reading(long beganNanos, Map<Integer, Long> bytes) {
        /// Bytes that are not acknowledged; -1 when there is no such connection.
        long unacknowledged(int localPort, int remotePort) {
            return bytes.getOrDefault(localPort << 16 | remotePort, -1L);
        }
    }

    KernelQueues(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /// The newest reading, taken anew when it is time.
    ///
    /// @return null when the kernel does not tell
    synchronized @Nullable Reading reading() {
        long began = System.nanoTime();
        if (began - nextNanos < 0) {
            return newest;
        }
        Map<Integer, Long> bytes = new HashMap<>();
        boolean any = false;
        for (Path file : files) {
            try {
                String text = Files.readString(file, StandardCharsets.US_ASCII);
                text.lines().skip(1).forEach(line -> add(line, bytes));
                any = true;
            } catch (IOException | IllegalArgumentException absent) {
                LOGGER.log(System.Logger.Level.DEBUG, "no word from the kernel about connections", absent);
            }
        }
        long ended = System.nanoTime();
        nextNanos = ended + Math.max(LEAST_PAUSE_NANOS, PAUSE_FACTOR * (ended - began));
        newest = any ? new Reading(began, bytes) : null;
        return newest;
    }

    private static void add(String line, Map<Integer, Long> bytes) {
        String[] columns = line.strip().split("\\s+", QUEUE_COLUMN + 2);
        if (columns.length > QUEUE_COLUMN && !columns[STATE_COLUMN].equals(LISTENING)) {
            int ports = port(columns[LOCAL_COLUMN]) << 16 | port(columns[REMOTE_COLUMN]);
            String queue = columns[QUEUE_COLUMN];
            bytes.merge(ports, Long.parseLong(queue, 0, queue.indexOf(':'), 16), Math::max);
        }
    }

    private static int port(String address) {
        return Integer.parseInt(address, address.lastIndexOf(':') + 1, address.length(), 16);
    }
}
