package io.tocsin.core.storage;

import io.tocsin.core.http.ApiException;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Finds one event in storage by its identifier, which for events of collectors says where in time to look.
///
/// Thread-safety: any thread.
public final class StoredEvents {
    private static final int MAX_SECONDS = 60;
    private static final long MAX_BYTES = 256L << 20;
    /// How far the time inside an event identifier may be from its Timestamp: a clock that was set back and held.
    private static final long ID_TIME_SLACK_MILLIS = TimeUnit.HOURS.toMillis(1);

    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern HEX =
            Pattern.compile("([0-9a-fA-F]{8})([0-9a-fA-F]{4})([0-9a-fA-F]{4})([0-9a-fA-F]{4})([0-9a-fA-F]{12})");
    private static final int VERSION_WITH_TIME = 7;

    private final StorageClient storage;

    public StoredEvents(StorageClient storage) {
        this.storage = storage;
    }

    /// Reads an identifier: a UUID, or 32 hexadecimal digits.
    ///
    /// @throws ApiException when it is neither
    public static UUID id(String text) {
        String uuid = HEX.matcher(text).matches() ? HEX.matcher(text).replaceFirst("$1-$2-$3-$4-$5") : text;
        if (!ID.matcher(uuid).matches()) {
            throw ApiException.invalid("id", "must be 128 bits as UUID or hex");
        }
        return UUID.fromString(uuid);
    }

    /// When the identifier was made, epoch ms; null for correlation events, whose identifiers have no time.
    public static @Nullable Long madeAtMillis(UUID id) {
        return id.version() == VERSION_WITH_TIME ? id.getMostSignificantBits() >>> 16 : null;
    }

    /// The answer of storage with at most one row.
    ///
    /// @param columns what to select
    /// @throws ApiException when storage cannot be asked
    public JsonNode find(String columns, UUID id) {
        Long time = madeAtMillis(id);
        if (time != null) {
            JsonNode answer = find(columns, id, time - ID_TIME_SLACK_MILLIS, time + ID_TIME_SLACK_MILLIS);
            if (!answer.path("rows").isEmpty()) {
                return answer;
            }
        }
        return find(columns, id, null, null);
    }

    private JsonNode find(String columns, UUID id, @Nullable Long from, @Nullable Long to) {
        return storage.smallQuery(new StorageClient.Query(
                "SELECT " + columns + " FROM events WHERE ID = {id:String} LIMIT 1",
                Map.of("id", id.toString().toLowerCase(Locale.ROOT)),
                from == null ? null : Math.max(0, from),
                to,
                "json",
                1,
                MAX_SECONDS,
                MAX_BYTES));
    }
}
