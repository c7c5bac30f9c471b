package io.tocsin.app.up;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which ports sockets of this very process hold, as the kernel tells it (Linux, `/proc`): a port that another process
/// has taken is open too, but not ours. Descriptors that were seen once are remembered, because a busy collector has
/// thousands of them.
///
/// Thread-safety: any thread.
final class OwnSockets {
    private static final String LISTENING = "0A";
    private static final int COLUMN_LOCAL = 1;
    private static final int COLUMN_STATE = 3;
    private static final int COLUMN_INODE = 9;
    private static final int HEXADECIMAL = 16;

    /// Descriptor by number of the socket (`inode`).
    private final Map<String, Path> known = new HashMap<>();

    /// @param streams ports on which connections are accepted
    /// @param datagrams ports of datagram sockets
    record Ports(Set<Integer> streams, Set<Integer> datagrams) {}

    /// What is held now.
    ///
    /// @throws IOException when the kernel does not tell
    synchronized Ports look() throws IOException {
        Map<String, Integer> streams = new HashMap<>();
        for (String table : List.of("tcp", "tcp6")) {
            read(table, true, streams);
        }
        Map<String, Integer> datagrams = new HashMap<>();
        for (String table : List.of("udp", "udp6")) {
            read(table, false, datagrams);
        }
        Set<String> wanted = new HashSet<>(streams.keySet());
        wanted.addAll(datagrams.keySet());
        known.entrySet().removeIf(entry -> !isSocket(entry.getValue(), entry.getKey()));
        if (!known.keySet().containsAll(wanted)) {
            find(wanted);
        }
        return new Ports(ports(streams), ports(datagrams));
    }

    private Set<Integer> ports(Map<String, Integer> sockets) {
        Set<Integer> ports = new HashSet<>();
        sockets.forEach((socket, port) -> {
            if (known.containsKey(socket)) {
                ports.add(port);
            }
        });
        return ports;
    }

    /// Listening sockets stand before the connections in the kernel's table, so a busy one is not read to its end.
    private static void read(String table, boolean listeningOnly, Map<String, Integer> into) throws IOException {
        Path file = Path.of("/proc/self/net", table);
        if (!Files.exists(file)) {
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
            lines.readLine();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] columns = line.strip().split(" +", -1);
                if (columns.length <= COLUMN_INODE) {
                    continue;
                }
                if (listeningOnly && !columns[COLUMN_STATE].equals(LISTENING)) {
                    return;
                }
                String local = columns[COLUMN_LOCAL];
                into.put(
                        columns[COLUMN_INODE],
                        Integer.parseInt(local.substring(local.lastIndexOf(':') + 1), HEXADECIMAL));
            }
        }
    }

    private void find(Set<String> wanted) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                String target = target(descriptor);
                if (target.startsWith("socket:[")) {
                    String socket = target.substring("socket:[".length(), target.length() - 1);
                    if (wanted.contains(socket)) {
                        known.put(socket, descriptor);
                    }
                }
            }
        }
    }

    private static boolean isSocket(Path descriptor, String socket) {
        return target(descriptor).equals("socket:[" + socket + "]");
    }

    /// Empty when it was closed meanwhile.
    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closed) {
            return "";
        }
    }
}
