package io.tocsin.storage.embedded;

import java.nio.file.Path;
import java.util.List;

/// How the engine is set up.
///
/// @param folder data folder, created when missing; one process at a time uses it
/// @param database name of the database that holds all tables
/// @param readableTables tables of that database which reader sessions may select from
/// @param maximumMemoryBytes what all statements, merges and caches together may allocate
/// @param markCacheBytes memory for positions in column files
/// @param mergeThreads threads that merge parts in the background
public record EngineOptions(
        Path folder,
        String database,
        List<String> readableTables,
        long maximumMemoryBytes,
        long markCacheBytes,
        int mergeThreads) {
    public EngineOptions {
        readableTables = List.copyOf(readableTables);
        requireName(database);
        readableTables.forEach(EngineOptions::requireName);
        if (maximumMemoryBytes < 64L << 20) {
            throw new IllegalArgumentException(
                    "the engine needs at least 64 MiB [maximumMemoryBytes=" + maximumMemoryBytes + "]");
        }
        if (mergeThreads < 1 || mergeThreads > 64) {
            throw new IllegalArgumentException(
                    "merge threads out of range 1 to 64 [mergeThreads=" + mergeThreads + "]");
        }
        if (markCacheBytes < 1 << 20) {
            throw new IllegalArgumentException("mark cache below 1 MiB [markCacheBytes=" + markCacheBytes + "]");
        }
    }

    private static void requireName(String name) {
        if (!name.matches("[a-z_]+")) {
            throw new IllegalArgumentException("not a plain name of a database or table [name=" + name + "]");
        }
    }

    /// Defaults for a machine with 4 GiB or more that the other services share.
    public static EngineOptions of(Path folder, String database, List<String> readableTables) {
        return new EngineOptions(folder, database, readableTables, 2L << 30, 64L << 20, 2);
    }
}
