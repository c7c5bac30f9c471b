package io.tocsin.pipeline.reference;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Large things that are opened once in a process, however many collectors use them: whoever wants one takes a lease
/// by what it is made from; when the last lease is given back, the thing is closed. What is read anew is so for all.
///
/// @param <K> what a thing is made from, by value: path, configuration
/// @param <S> the thing
///
/// Thread-safety: any thread. Who asks for a thing while another opens it waits for that one.
public final class Shared<K, S> {
    private record Held<S>(S source, int leases) {}

    private final ConcurrentHashMap<K, Held<S>> held = new ConcurrentHashMap<>();
    private final Consumer<S> closing;

    /// @param closing closes a thing; must not ask for another of the same kind
    public Shared(Consumer<S> closing) {
        this.closing = closing;
    }

    /// Opens a thing, or takes the one that is open.
    ///
    /// @param opening opens it; what it throws, this throws, and nothing is held
    public Lease<S> take(K key, Supplier<S> opening) {
        Held<S> now = held.compute(
                key,
                (_, before) ->
                        before == null ? new Held<>(opening.get(), 1) : new Held<>(before.source, before.leases + 1));
        return new Lease<>(now.source, () -> giveBack(key));
    }

    private void giveBack(K key) {
        held.computeIfPresent(key, (_, before) -> {
            if (before.leases > 1) {
                return new Held<>(before.source, before.leases - 1);
            }
            closing.accept(before.source);
            return null;
        });
    }

    /// Things that are open.
    public int size() {
        return held.size();
    }

    /// The right to use a thing until it is closed.
    ///
    /// Thread-safety: any thread.
    public static final class Lease<S> implements AutoCloseable {
        private final S source;
        private final Runnable giveBack;
        private boolean closed;

        private Lease(S source, Runnable giveBack) {
            this.source = source;
            this.giveBack = giveBack;
        }

        public S get() {
            return source;
        }

        /// Gives it back; the second time does nothing.
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                giveBack.run();
            }
        }
    }
}
