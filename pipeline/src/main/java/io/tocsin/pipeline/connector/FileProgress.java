package io.tocsin.pipeline.connector;

import io.tocsin.pipeline.transport.log.LogPosition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// How far what a [FileConnector] read is on disk, and the file in which that is saved.
///
/// Thread-safety: the reading thread; the function that [#handedOn] gives is called by the thread that
/// acknowledges, and any thread may ask whether all is on disk.
final class FileProgress {
    private static final System.Logger LOGGER = System.getLogger(FileProgress.class.getName());
    private static final long WAIT_NANOS = 2_000_000L;

    private final Path saved;
    private final ConnectorContext context;
    private final FollowedFiles files;

    // Shared with the thread that acknowledges.
    private final Object lock = new Object();
    private LogPosition log = LogPosition.START;
    private int outstanding;
    private boolean unsaved;

    /// Where a file stands after a run of events.
    private record Reached(FollowedFile file, long position, boolean skipping) {}

    /// @param saved the file in which positions are kept
    FileProgress(Path saved, ConnectorContext context, FollowedFiles files) {
        this.saved = saved;
        this.context = context;
        this.files = files;
    }

    /// Everything in the log before a place is known to the positions.
    void beginAt(LogPosition place) {
        synchronized (lock) {
            log = place;
        }
    }

    /// Reads a file from another place on; what it was known by is forgotten.
    void restart(FollowedFile file, long at) {
        synchronized (lock) {
            file.restart(at);
            unsaved = true;
        }
    }

    /// Closes a file that is not followed any more.
    void close(FollowedFile file) {
        files.close(file);
        synchronized (lock) {
            unsaved = true;
        }
    }

    /// A run of events ends where these files stand now.
    ///
    /// @return to be called once, with the place of the log behind the run, when the run is on disk
    Consumer<LogPosition> handedOn(List<FollowedFile> read) {
        List<Reached> reached = read.stream()
                .map(file ->
                        new Reached(file, file.readOffset - file.decoder.heldBytes(), file.decoder.isSkippingLine()))
                .toList();
        synchronized (lock) {
            outstanding++;
        }
        return place -> durable(reached, place);
    }

    private void durable(List<Reached> reached, LogPosition place) {
        synchronized (lock) {
            outstanding--;
            for (Reached one : reached) {
                one.file.durablePosition = one.position;
                one.file.durableSkipping = one.skipping;
            }
            log = place;
            unsaved = true;
        }
    }

    /// Whether all runs that were handed on are on disk.
    boolean isDurable() {
        synchronized (lock) {
            return outstanding == 0;
        }
    }

    /// Waits until all runs that were handed on are on disk, or the connector stops.
    void awaitDurable(BooleanSupplier stopping) {
        while (!stopping.getAsBoolean() && !isDurable()) {
            LockSupport.parkNanos(WAIT_NANOS);
        }
    }

    void saveIfNeeded() {
        synchronized (lock) {
            if (!unsaved) {
                return;
            }
        }
        save();
    }

    /// Writes the positions; when that fails, it is tried again with the next [#saveIfNeeded].
    void save() {
        FilePositions positions;
        synchronized (lock) {
            List<FilePositions.Row> rows = new ArrayList<>();
            for (FollowedFile file : files.all()) {
                rows.add(new FilePositions.Row(
                        file.key,
                        file.origin.path(),
                        file.durablePosition,
                        file.fingerprint,
                        files.isCurrent(file),
                        file.durableSkipping));
            }
            positions = new FilePositions(log, rows);
            unsaved = false;
        }
        try {
            positions.write(saved);
        } catch (IOException e) {
            context.counters().increment(StageCounter.CONNECTION_ERRORS);
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "positions were not saved, trying again [collector={0}, file={1}, reason={2}]",
                    context.service(),
                    saved,
                    e.getMessage());
            synchronized (lock) {
                unsaved = true;
            }
        }
    }
}
