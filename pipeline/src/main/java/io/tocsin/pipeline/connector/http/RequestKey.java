package io.tocsin.pipeline.connector.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.event.EventIds;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Gives the events of a request with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) identifiers that
/// follow from the key, their number in the request and their text, so that a request that is sent again with the key
/// has the same ones. The text is part of it so that a key that is used for something else by mistake costs no event.
///
/// Thread-safety: one thread.
public final class RequestKey {
    /// How far the time in a key may be from the time of reception: storage would have to look for its events for
    /// too long.
    private static final long DAY_MILLIS = 86_400_000L;

    private static final int UUID_LENGTH = 36;
    private static final int ULID_LENGTH = 26;
    private static final int ULID_TIME = 10;
    private static final String ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private final MessageDigest digest = digest();
    private final byte[] scoped;
    private final long millis;
    private final int maker;
    private long number;
    private long high;
    private long low;

    private RequestKey(byte[] scoped, long millis, int maker) {
        this.scoped = scoped;
        this.millis = millis;
        this.maker = maker;
    }

    /// @param scope who sends: keys of different senders have nothing to do with each other
    /// @param field the value of the header field, in quotes or not
    /// @param nowMillis time of reception, milliseconds since 1970
    /// @param known when keys came first that tell no time
    public static RequestKey of(String scope, String field, long nowMillis, KnownKeys known) {
        String key = field.length() > 1 && field.startsWith("\"") && field.endsWith("\"")
                ? field.substring(1, field.length() - 1)
                : field;
        byte[] maker = digest().digest(scope.getBytes(UTF_8));
        byte[] scoped = digest().digest((scope + '\n' + key).getBytes(UTF_8));
        long told = toldMillis(key);
        long millis = told >= 0 && Math.abs(nowMillis - told) <= DAY_MILLIS
                ? told
                : known.firstMillis(ByteBuffer.wrap(scoped).getLong(), nowMillis);
        return new RequestKey(scoped, millis, ByteBuffer.wrap(maker).getInt());
    }

    /// When the key was made, milliseconds since 1970; -1 when it is no UUID of version 7 (RFC 9562 §5.7) and no ULID.
    static long toldMillis(String key) {
        if (key.length() == UUID_LENGTH) {
            return isUuid7(key) ? Long.parseLong(key.substring(0, 8) + key.substring(9, 13), 16) : -1;
        }
        if (key.length() != ULID_LENGTH || key.charAt(0) > '7') {
            return -1;
        }
        long millis = 0;
        for (int i = 0; i < ULID_LENGTH; i++) {
            int digit = ULID_DIGITS.indexOf(Character.toUpperCase(key.charAt(i)));
            if (digit < 0) {
                return -1;
            }
            millis = i < ULID_TIME ? (millis << 5) | digit : millis;
        }
        return millis;
    }

    private static boolean isUuid7(String key) {
        for (int i = 0; i < UUID_LENGTH; i++) {
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            char c = key.charAt(i);
            boolean digit = c <= 'f' && Character.digit(c, 16) >= 0;
            if (dash ? c != '-' : !digit) {
                return false;
            }
        }
        return key.charAt(14) == '7';
    }

    /// Makes the identifier of the next event of the request; read it by [#high()] and [#low()].
    public void next(byte[] text, int offset, int length) {
        digest.update(scoped);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number++));
        digest.update(text, offset, length);
        long name = ByteBuffer.wrap(digest.digest()).getLong();
        high = EventIds.namedHigh(millis, name);
        low = EventIds.namedLow(maker, name);
    }

    /// Upper half of the identifier.
    public long high() {
        return high;
    }

    /// Lower half of the identifier.
    public long low() {
        return low;
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
