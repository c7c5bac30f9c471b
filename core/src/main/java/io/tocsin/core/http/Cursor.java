package io.tocsin.core.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// A place in a list that is ordered by time and identifier, newest first: pages start after it, so rows that
/// arrive meanwhile neither shift nor repeat what a client has already seen.
///
/// @param time epoch ms of the last row seen
/// @param id identifier of the last row seen
public record Cursor(long time, String id) {
    private static final int MAX_LENGTH = 200;

    /// Reads what [#text] wrote; null stands for the first page.
    public static @Nullable Cursor parse(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            if (text.length() <= MAX_LENGTH) {
                String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
                int colon = plain.indexOf(':');
                if (colon > 0) {
                    return new Cursor(Long.parseLong(plain, 0, colon, 10), plain.substring(colon + 1));
                }
            }
        } catch (IllegalArgumentException _) {
            // Falls through: a cursor that we did not write.
        }
        throw ApiException.invalid("cursor", "is not one that this server gave out");
    }

    public String text() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((time + ":" + id).getBytes(StandardCharsets.UTF_8));
    }

    /// Checks the `limit` of a page.
    public static int limit(@Nullable Integer limit, int usual, int most) {
        if (limit == null) {
            return usual;
        }
        if (limit < 1 || limit > most) {
            throw ApiException.invalid("limit", "must be between 1 and " + most);
        }
        return limit;
    }
}
