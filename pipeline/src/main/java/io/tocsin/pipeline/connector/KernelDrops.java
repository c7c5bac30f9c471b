package io.tocsin.pipeline.connector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Reads how many datagrams the kernel threw away because the receive buffer of a UDP port was full, from
/// `/proc/net/udp` and `/proc/net/udp6`.
final class KernelDrops {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));
    private static final int LOCAL_ADDRESS = 1;
    private static final int DROPS = 12;

    private KernelDrops() {}

    /// Datagrams dropped so far by all sockets on a port, since they were opened; 0 where the kernel does
    /// not tell.
    static long ofPort(int port) {
        long drops = 0;
        for (Path table : TABLES) {
            try {
                drops += parse(Files.readString(table, StandardCharsets.US_ASCII), port);
            } catch (IOException notLinux) {
                // The kernel does not say.
            }
        }
        return drops;
    }

    static long parse(String table, int port) {
        long drops = 0;
        for (String line : table.split("\n", -1)) {
            String[] columns = line.strip().split("\\s+", -1);
            int colon = columns.length > DROPS ? columns[LOCAL_ADDRESS].lastIndexOf(':') : -1;
            if (colon < 0) {
                continue;
            }
            try {
                if (Integer.parseInt(columns[LOCAL_ADDRESS].substring(colon + 1), 16) == port) {
                    drops += Long.parseLong(columns[DROPS]);
                }
            } catch (NumberFormatException heading) {
                // The line names the columns.
            }
        }
        return drops;
    }
}
