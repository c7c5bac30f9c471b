package io.tocsin.storage;

import io.tocsin.storage.store.Retention;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;

/// How a storage service is set up.
///
/// @param folder data folder of the storage alone
/// @param listen where to listen; port 0 picks a free one
/// @param secret the installation secret that every caller has to show
/// @param engineMemoryBytes memory limit of the engine
/// @param searchMemoryBytes memory limit of one search
/// @param searchSlots searches that run at the same time
/// @param searchQueueMillis how long a search waits for a slot
/// @param retention how long events are kept
/// @param clock the time of day
public record StorageOptions(
        Path folder,
        InetSocketAddress listen,
        String secret,
        long engineMemoryBytes,
        long searchMemoryBytes,
        int searchSlots,
        long searchQueueMillis,
        Retention.Limits retention,
        InstantSource clock) {
    private static final int SHORTEST_SECRET = 16;

    public StorageOptions {
        if (secret.length() < SHORTEST_SECRET) {
            throw new IllegalArgumentException("the installation secret is too short [characters=" + secret.length()
                    + ", least=" + SHORTEST_SECRET + "]; delete the file and start again to have one made");
        }
        if (searchSlots < 1) {
            throw new IllegalArgumentException("at least one search slot is needed [searchSlots=" + searchSlots + "]");
        }
    }

    /// Defaults for a machine that is shared with the other services.
    public static StorageOptions of(Path folder, InetSocketAddress listen, String secret, InstantSource clock) {
        return new StorageOptions(
                folder, listen, secret, 3L << 30, 1L << 30, 4, 3_000, Retention.Limits.defaults(), clock);
    }

    public StorageOptions withRetention(Retention.Limits limits) {
        return new StorageOptions(
                folder,
                listen,
                secret,
                engineMemoryBytes,
                searchMemoryBytes,
                searchSlots,
                searchQueueMillis,
                limits,
                clock);
    }

    /// Without the secret.
    @Override
    public String toString() {
        return "StorageOptions[folder=" + folder + ", listen=" + listen + "]";
    }
}
