package io.tocsin.pipeline.enrich.lookup;

import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.Values;
import java.time.Duration;

/// Bounds of the lookups at one server.
///
/// @param perSecond most questions a second
/// @param parallel most questions without an answer at a time
/// @param queue most questions that wait for their turn; what is beyond is not asked
/// @param cacheSize most answers that are kept
/// @param lifetime how long an answer is kept when the server does not say, and at most when it does
/// @param absentLifetime the same for the answer that there is nothing
/// @param failureLifetime how long a failure is kept before the server is asked again
public record LookupOptions(
        int perSecond,
        int parallel,
        int queue,
        int cacheSize,
        Duration lifetime,
        Duration absentLifetime,
        Duration failureLifetime) {

    /// The keys that make them.
    ///
    /// Thread-safety: one thread.
    public static final class Keys {
        private static final Duration LONGEST = Duration.ofDays(7);

        private final Key<Integer> perSecond;
        private final Key<Integer> parallel;
        private final Key<Integer> queue;
        private final Key<Integer> cacheSize;
        private final Key<Duration> lifetime;
        private final Key<Duration> absentLifetime;
        private final Key<Duration> failureLifetime;

        public Keys(ConfigSpec.Builder keys, int parallelByDefault, Duration lifetimeByDefault) {
            perSecond = keys.integer("perSecond", "Most questions a second.", 1, 1_000_000)
                    .defaultTo(1000);
            parallel = keys.integer("parallel", "Most questions without an answer at a time.", 1, 10_000)
                    .defaultTo(parallelByDefault);
            queue = keys.integer(
                            "queue",
                            "Most questions that wait for their turn; events go on without the rest.",
                            1,
                            1_000_000)
                    .defaultTo(10_000);
            cacheSize = keys.integer("cacheSize", "Most answers that are kept.", 16, 10_000_000)
                    .defaultTo(100_000);
            lifetime = keys.duration("lifetime", "How long an answer is kept at most.", Duration.ofMillis(100), LONGEST)
                    .defaultTo(lifetimeByDefault);
            absentLifetime = keys.duration(
                            "absentLifetime",
                            "How long it is remembered at most that there is nothing.",
                            Duration.ofMillis(100),
                            LONGEST)
                    .defaultTo(Duration.ofMinutes(5));
            failureLifetime = keys.duration(
                            "failureLifetime",
                            "How long a failure is remembered before the server is asked again.",
                            Duration.ofMillis(100),
                            LONGEST)
                    .defaultTo(Duration.ofSeconds(10));
        }

        public LookupOptions read(Values values) {
            return new LookupOptions(
                    values.get(perSecond),
                    values.get(parallel),
                    values.get(queue),
                    values.get(cacheSize),
                    values.get(lifetime),
                    values.get(absentLifetime),
                    values.get(failureLifetime));
        }
    }
}
