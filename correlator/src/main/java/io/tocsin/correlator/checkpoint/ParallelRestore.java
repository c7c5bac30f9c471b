package io.tocsin.correlator.checkpoint;

import io.tocsin.correlator.checkpoint.Checkpoint.Chain;
import io.tocsin.correlator.checkpoint.Checkpoint.Piece;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Reads parts of the state with several threads, each part by one of them.
///
/// Thread-safety: one thread starts it.
final class ParallelRestore {
    private final Segments.Reader reader;
    private final List<Chain> chains;
    private final Map<String, StatePart> parts;
    private final AtomicInteger next = new AtomicInteger();
    private final Map<String, String> damaged = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /// @param parts by name; there is one for each chain
    ParallelRestore(Segments.Reader reader, List<Chain> chains, Map<String, StatePart> parts) {
        this.reader = reader;
        this.chains = chains;
        this.parts = parts;
    }

    /// @return what is wrong with each part that cannot be read
    Map<String, String> run(int lanes) throws IOException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i < Math.min(lanes, chains.size()); i++) {
            threads.add(Thread.ofPlatform().name("correlator-restore-" + i).start(this::readSome));
        }
        readSome();
        join(threads);
        switch (failure.get()) {
            case null -> {}
            case UncheckedIOException e -> throw e.getCause();
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("BUG: nothing else is caught", e);
        }
        return damaged;
    }

    private static void join(List<Thread> threads) throws IOException {
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the state was read");
        }
    }

    private void readSome() {
        try {
            byte[] buffer = {};
            for (int i = next.getAndIncrement(); i < chains.size(); i = next.getAndIncrement()) {
                Chain chain = chains.get(i);
                StatePart part = parts.get(chain.part());
                if (part != null && failure.get() == null) {
                    buffer = read(chain, part, buffer);
                }
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private byte[] read(Chain chain, StatePart part, byte[] buffer) {
        ChainPieces pieces = new ChainPieces(chain.pieces(), buffer);
        try {
            part.read(pieces);
            pieces.end();
        } catch (DamagedStateException e) {
            damaged.put(chain.part(), String.valueOf(e.getMessage()));
        }
        return pieces.bytes;
    }

    /// The pieces of a chain, each read into the same array.
    ///
    /// Thread-safety: one thread.
    private final class ChainPieces implements SavedPieces {
        private final List<Piece> pieces;
        private byte[] bytes;
        private @Nullable StateReader open;

        ChainPieces(List<Piece> pieces, byte[] buffer) {
            this.pieces = pieces;
            bytes = buffer;
        }

        @Override
        public int count() {
            return pieces.size();
        }

        @Override
        public StateReader piece(int number) {
            end();
            Piece piece = pieces.get(number);
            try {
                bytes = reader.read(piece, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            StateReader in = new StateReader(bytes, 0, piece.length());
            open = in;
            return in;
        }

        private void end() {
            StateReader in = open;
            if (in != null && !in.isExhausted()) {
                throw new DamagedStateException("a part has more bytes than it says", 0);
            }
        }
    }
}
