package io.tocsin.pipeline.destination;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.Values;
import io.tocsin.pipeline.transport.log.ConsumerLimits;
import io.tocsin.pipeline.transport.log.WhenFull;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The keys that say how much of the log may wait for a destination.
///
/// Thread-safety: one thread.
final class DiskKeys {
    private static final ByteSize LEAST = ByteSize.ofMebibytes(1);
    private static final ByteSize LARGEST = ByteSize.ofGibibytes(1 << 20);

    private final OptionalKey<ByteSize> size;
    private final OptionalKey<Duration> age;
    private final Key<Full> whenFull;

    /// What happens at the limit.
    private enum Full {
        BLOCK,
        DROP_OLDEST
    }

    DiskKeys(ConfigSpec.Builder keys) {
        size = keys.size(
                        "diskSize",
                        "Most of the log that may wait for this destination; without it as much as the log holds.",
                        LEAST,
                        LARGEST)
                .example("10GiB")
                .optional();
        age = keys.duration(
                        "diskAge",
                        "Longest time that events may wait for this destination; without it as long as the log keeps"
                                + " them.",
                        Duration.ofSeconds(1),
                        Duration.ofDays(3650))
                .example("72h")
                .optional();
        whenFull = keys.choice(
                        "whenFull",
                        "What happens at these limits: block makes collectors wait, drop-oldest lets the oldest events"
                                + " go, for this destination only, and counts them.",
                        Full.class)
                .defaultTo(Full.BLOCK);
    }

    ConsumerLimits read(Values values) {
        @Nullable ByteSize mostBytes = values.get(size);
        @Nullable Duration longest = values.get(age);
        return new ConsumerLimits(
                mostBytes == null ? 0 : mostBytes.bytes(),
                longest == null ? Duration.ZERO : longest,
                values.get(whenFull) == Full.BLOCK ? WhenFull.BLOCK : WhenFull.DROP_OLDEST);
    }
}
