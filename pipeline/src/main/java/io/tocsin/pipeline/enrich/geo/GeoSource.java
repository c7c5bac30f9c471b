package io.tocsin.pipeline.enrich.geo;

import io.tocsin.error.TocsinException;
import io.tocsin.pipeline.reference.Shared;
import io.tocsin.pipeline.reference.WatchedFile;
import java.nio.file.Path;

/// A geo database in use: what was read last, and the file to look at again. A file that is damaged or gone leaves
/// what was there.
///
/// Thread-safety: any thread reads; [#refresh()] is called by one thread at a time.
public final class GeoSource {
    private static final System.Logger LOGGER = System.getLogger(GeoSource.class.getName());

    private static final Shared<Path, GeoSource> SHARED = new Shared<>(_ -> {});

    private final WatchedFile file;
    private volatile MaxMindDatabase current;
    private volatile long failures;

    private GeoSource(WatchedFile file, MaxMindDatabase current) {
        this.file = file;
        this.current = current;
    }

    /// The database of a path, which all collectors of the process share.
    ///
    /// @throws TocsinException when it cannot be read or is damaged
    public static Shared.Lease<GeoSource> share(Path path) {
        Path key = path.toAbsolutePath().normalize();
        Shared.Lease<GeoSource> lease = SHARED.take(key, () -> open(key));
        lease.get().refresh();
        return lease;
    }

    /// Reads a database for the first time.
    ///
    /// @throws TocsinException when it cannot be read or is damaged
    public static GeoSource open(Path path) {
        WatchedFile file = new WatchedFile(path);
        file.changed();
        return new GeoSource(file, MaxMindDatabase.open(path));
    }

    public MaxMindDatabase current() {
        return current;
    }

    /// Reads of a changed file that failed.
    public long failures() {
        return failures;
    }

    /// Reads the file again when it has changed; returns true when there is a new database.
    public synchronized boolean refresh() {
        if (!file.changed()) {
            return false;
        }
        try {
            MaxMindDatabase read = MaxMindDatabase.open(file.path());
            current = read;
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "geo database read again [path={0}, type={1}, builtAt={2}]",
                    file.path(),
                    read.type(),
                    read.builtAt());
            return true;
        } catch (TocsinException e) {
            failures = failures + 1;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "geo database cannot be read again, the old one stays in use [reason={0}]",
                    e.getMessage());
            return false;
        }
    }
}
