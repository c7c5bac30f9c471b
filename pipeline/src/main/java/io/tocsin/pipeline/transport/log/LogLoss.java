package io.tocsin.pipeline.transport.log;

/// Records that a consumer will never get because a limit moved it forward. What it had polled and not yet
/// committed is not part of it: that is still the consumer's to deliver.
///
/// @param consumer name of the consumer
/// @param start place before the first record that it lost
/// @param end place after the last one; reading goes on here
/// @param records how many records
/// @param events how many events, as `append` was told; exact
/// @param cause which limit
public record LogLoss(String consumer, LogPosition start, LogPosition end, long records, long events, Cause cause) {
    /// Why records were let go before they were read.
    public enum Cause {
        /// The consumer held more bytes than it may.
        CONSUMER_SIZE,

        /// They had waited for the consumer longer than it may keep them.
        CONSUMER_AGE,

        /// They had waited longer than the log keeps anything.
        AGE,

        /// The log, or its disk, was full and an input that drops the oldest needed room.
        FULL,

        /// The process ended while the consumer still held records in memory whose segments were gone.
        RESTART
    }
}
