package io.tocsin.storage.search;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a user asks for.
///
/// @param sql one SELECT over `events` and `ledger`
/// @param parameters values of `{name:Type}` in the text
/// @param fromMillis earliest `Timestamp`, inclusive, milliseconds since the epoch; null for no bound
/// @param toMillis latest `Timestamp`, exclusive; null for no bound
/// @param maxRows rows after which the answer is cut and marked
/// @param maxSeconds after which the query is stopped
/// @param maxBytes bytes of answer after which it is cut and marked
public record Search(
        String sql,
        Map<String, String> parameters,
        @Nullable Long fromMillis,
        @Nullable Long toMillis,
        AnswerFormat format,
        long maxRows,
        int maxSeconds,
        long maxBytes) {
    /// Bounds of the limits; larger wishes are lowered to them.
    public static final long ROWS_LIMIT = 1_000_000;

    public static final int SECONDS_LIMIT = 600;
    public static final long BYTES_LIMIT = 1L << 30;

    public static final long DEFAULT_ROWS = 10_000;
    public static final int DEFAULT_SECONDS = 30;
    public static final long DEFAULT_BYTES = 64L << 20;

    public Search {
        parameters = Map.copyOf(parameters);
        maxRows = Math.clamp(maxRows, 1, ROWS_LIMIT);
        maxSeconds = Math.clamp(maxSeconds, 1, SECONDS_LIMIT);
        maxBytes = Math.clamp(maxBytes, 1, BYTES_LIMIT);
    }

    /// A search with default limits and without a time range.
    public static Search of(String sql) {
        return new Search(sql, Map.of(), null, null, AnswerFormat.JSON, DEFAULT_ROWS, DEFAULT_SECONDS, DEFAULT_BYTES);
    }
}
