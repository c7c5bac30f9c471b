package io.tocsin.pipeline.tls;

import io.tocsin.pipeline.reference.WatchedFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Something made of files, made again when one of them changes. When that fails, the old one stays and the reason is
/// logged, once per change.
///
/// Thread-safety: any thread.
final class Reloading<T> {
    private static final System.Logger LOGGER = System.getLogger(Reloading.class.getName());
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

    private final List<WatchedFile> files;
    private final Supplier<T> load;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile T current;
    private volatile long lookedNanos;

    /// Makes the first one.
    ///
    /// @param files null ones are left out
    /// @throws io.tocsin.error.TocsinException when the files cannot be used
    Reloading(Supplier<T> load, @Nullable Path... files) {
        this.files = Stream.of(files)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .map(WatchedFile::new)
                .toList();
        this.load = load;
        changed();
        current = load.get();
        lookedNanos = System.nanoTime();
    }

    /// The newest one. Looks at the files at most once a second.
    T current() {
        if (System.nanoTime() - lookedNanos >= LOOK_NANOS && lock.tryLock()) {
            try {
                look();
            } finally {
                lock.unlock();
            }
        }
        return current;
    }

    private void look() {
        lookedNanos = System.nanoTime();
        if (!changed()) {
            return;
        }
        try {
            current = load.get();
            LOGGER.log(System.Logger.Level.INFO, "certificates were read again [files={0}]", names());
        } catch (RuntimeException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "changed certificates cannot be used, those read before stay in use: {0}",
                    e.getMessage());
        }
    }

    /// Asks every file, so that each remembers what it saw.
    private boolean changed() {
        boolean changed = false;
        for (WatchedFile file : files) {
            changed |= file.changed();
        }
        return changed;
    }

    private List<Path> names() {
        return files.stream().map(WatchedFile::path).toList();
    }
}
