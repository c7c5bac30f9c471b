package io.tocsin.pipeline.reference;

import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A dictionary or table in use: what was read last, and the file to look at again. Readers take [#current()] for
/// each event or batch; a file that cannot be read leaves what was there.
///
/// Thread-safety: any thread reads; [#refresh()] is called by one thread at a time.
public final class DictionarySource {
    private static final System.Logger LOGGER = System.getLogger(DictionarySource.class.getName());

    /// Those that are read from files.
    private static final Shared<DictionaryConfig, DictionarySource> SHARED = new Shared<>(_ -> {});

    private final String name;
    private final DictionaryConfig config;
    private final @Nullable WatchedFile file;
    private volatile DictionaryFile.Content current;
    private volatile long failures;

    private DictionarySource(
            String name, DictionaryConfig config, @Nullable WatchedFile file, DictionaryFile.Content current) {
        this.name = name;
        this.config = config;
        this.file = file;
        this.current = current;
    }

    /// The dictionary of a configuration. One that is read from a file is shared by all collectors of the process.
    ///
    /// @throws TocsinException when its file cannot be read or has no such columns
    public static Shared.Lease<DictionarySource> share(String name, DictionaryConfig config) {
        // Rows that are written out are equal only when they are the same ones.
        Shared.Lease<DictionarySource> lease = SHARED.take(config, () -> open(name, config));
        lease.get().refresh();
        return lease;
    }

    /// Reads a dictionary for the first time.
    ///
    /// @throws TocsinException when its file cannot be read or has no such columns
    public static DictionarySource open(String name, DictionaryConfig config) {
        if (config.file() == null) {
            return new DictionarySource(name, config, null, new DictionaryFile.Content(config.inline(), 0, List.of()));
        }
        WatchedFile file = new WatchedFile(config.file());
        file.changed();
        try {
            DictionarySource source = new DictionarySource(name, config, file, config.read());
            source.tellRefused();
            return source;
        } catch (IOException e) {
            throw TocsinException.inputOutput("cannot read a dictionary", config.file(), e);
        }
    }

    public String name() {
        return name;
    }

    public Dictionary current() {
        return current.rows();
    }

    /// The file that it is read from, or null.
    public @Nullable Path path() {
        return config.file();
    }

    /// Rows of the file that are not used because of a mistake.
    public long refusedRows() {
        return current.refused();
    }

    private void tellRefused() {
        DictionaryFile.Content read = current;
        if (read.refused() > 0) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "rows of a dictionary have mistakes and are not used [name={0}, file={1}, rows={2}]: {3}",
                    name,
                    config.file(),
                    read.refused(),
                    String.join("; ", read.problems()));
        }
    }

    /// Reads of a changed file that failed.
    public long failures() {
        return failures;
    }

    /// Reads the file again when it has changed; returns true when there is a new dictionary.
    public synchronized boolean refresh() {
        if (file == null || !file.changed()) {
            return false;
        }
        try {
            current = config.read();
            tellRefused();
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "dictionary read again [name={0}, rows={1}]",
                    name,
                    current.rows().size());
            return true;
        } catch (IOException | TocsinException e) {
            failures = failures + 1;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "dictionary cannot be read again, the old one stays in use [name={0}, reason={1}]",
                    name,
                    e.getMessage());
            return false;
        }
    }
}
