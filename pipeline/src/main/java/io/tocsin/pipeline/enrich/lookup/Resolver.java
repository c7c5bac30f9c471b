package io.tocsin.pipeline.enrich.lookup;

import java.util.concurrent.CompletionStage;

/// Asks a server.
///
/// Thread-safety: any thread.
public interface Resolver extends AutoCloseable {
    /// Asks about a key. Must answer at some time, also when the server does not; must not block for long.
    CompletionStage<Answer> ask(byte[] key);

    @Override
    void close();
}
