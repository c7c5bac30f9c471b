package io.tocsin.app.bench.transport;

import java.nio.file.Path;
import java.util.List;

/// The ways in that the benchmark knows.
final class InputLoads {
    private InputLoads() {}

    /// All of them, in the order of the table.
    ///
    /// @param certificate for those that speak TLS
    /// @param folder for sockets of the file system
    static List<InputLoad> all(BenchCertificate certificate, Path folder) {
        return List.of(
                new LinesLoad(null),
                new LinesLoad(certificate),
                new DatagramLoad(),
                new RelpLoad(),
                new HttpLoad(false),
                new HttpLoad(true),
                new BeatsLoad(),
                new RedisLoad(),
                new UnixLoad(folder));
    }
}
