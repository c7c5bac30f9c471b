package io.tocsin.pipeline.connector.http;

/// What a peer may ask of a connection.
///
/// @param headBytes longest request line with all header fields
/// @param idleMillis how long a connection may be without a request; 0: as long as it may be idle at
/// all
/// @param headMillis how long a request line with its header fields may take from the first byte on
/// @param bodyMillis how long a body may take on top of what its length allows
/// @param bodyBytesPerSecond slowest body that is waited for
/// @param maximumBodyBytes longest body as it is sent
public record HttpLimits(
        int headBytes, int idleMillis, int headMillis, int bodyMillis, int bodyBytesPerSecond, long maximumBodyBytes) {
    /// The largest head with 10 seconds for it, bodies of at least 1 KiB a second after 30 seconds.
    public static HttpLimits of(int idleMillis, long maximumBodyBytes) {
        return new HttpLimits(16 << 10, idleMillis, 10_000, 30_000, 1 << 10, maximumBodyBytes);
    }
}
