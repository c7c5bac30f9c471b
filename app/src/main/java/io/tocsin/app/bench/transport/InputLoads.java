package io.tocsin.app.bench.transport;

import java.util.List;

/// The ways in that the benchmark knows.
final class InputLoads {
    private InputLoads() {}

    /// All of them, in the order of the table.
    ///
    /// @param certificate for those that speak TLS
    static List<InputLoad> all(BenchCertificate certificate) {
        return List.of(
                new LinesLoad(null),
                new LinesLoad(certificate),
                new DatagramLoad(),
                new RelpLoad(),
                new HttpLoad(false),
                new HttpLoad(true),
                new BeatsLoad());
    }
}
