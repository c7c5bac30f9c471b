package io.tocsin.pipeline.connector.http;

import io.tocsin.config.Secret;
import io.tocsin.error.TocsinException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Who may send: named tokens, each with the tenant that owns what comes with it.
///
/// Tokens are compared by their digests, all of them each time, so that the time of an answer tells
/// nothing. A token behind a file or variable is read again every few seconds, so that a changed one
/// takes effect without a restart.
///
/// Thread-safety: any thread.
public final class AccessTokens {
    /// @param name who sends with it, for people
    /// @param tenant tenant that owns the events, may be empty
    public record Token(String name, Secret secret, String tenant) {}

    /// What a request showed.
    public sealed interface Access {
        /// Nothing.
        record Missing() implements Access {}

        /// Something else than a scheme and a token.
        record Malformed() implements Access {}

        /// A token that nobody has.
        record Unknown() implements Access {}

        /// @param token what was shown, null when none is asked for
        record Granted(@Nullable Token token) implements Access {}
    }

    private static final long REREAD_NANOS = 5_000_000_000L;
    private static final System.Logger LOGGER = System.getLogger(AccessTokens.class.getName());

    /// A token that was read. Immutable.
    private static final class Known {
        private final Token token;
        private final byte[] digest;

        Known(Token token, byte[] digest) {
            this.token = token;
            this.digest = digest;
        }
    }

    private final List<Token> tokens;
    private volatile List<Known> known = List.of();
    private volatile long readNanos;
    private volatile boolean failing;

    /// @param tokens none: everybody may send
    public AccessTokens(List<Token> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    /// Reads all tokens.
    ///
    /// @throws TocsinException when one cannot be read
    public void read() {
        List<Known> read = new ArrayList<>();
        for (Token token : tokens) {
            read.add(new Known(token, digest(token.secret().reveal())));
        }
        known = List.copyOf(read);
        readNanos = System.nanoTime();
    }

    /// Judges the value of `Authorization`: `Splunk TOKEN`, `Bearer TOKEN`, or `Basic` with the token
    /// as password.
    public Access check(@Nullable String authorization) {
        if (tokens.isEmpty()) {
            return new Access.Granted(null);
        }
        if (authorization == null || authorization.isBlank()) {
            return new Access.Missing();
        }
        int space = authorization.indexOf(' ');
        if (space <= 0) {
            return new Access.Malformed();
        }
        String value = authorization.substring(space + 1).strip();
        String shown = switch (authorization.substring(0, space).toLowerCase(Locale.ROOT)) {
            case "splunk", "bearer" -> value;
            case "basic" -> password(value);
            default -> "";
        };
        if (shown.isEmpty()) {
            return new Access.Malformed();
        }
        byte[] digest = digest(shown);
        Token found = null;
        for (Known each : current()) {
            if (MessageDigest.isEqual(each.digest, digest)) {
                found = each.token;
            }
        }
        return found == null ? new Access.Unknown() : new Access.Granted(found);
    }

    private List<Known> current() {
        if (System.nanoTime() - readNanos > REREAD_NANOS) {
            try {
                read();
                failing = false;
            } catch (TocsinException e) {
                // Those that were read last stay good: a file that is just being replaced refuses nobody.
                readNanos = System.nanoTime();
                if (!failing) {
                    failing = true;
                    LOGGER.log(System.Logger.Level.WARNING, "token cannot be read again, the last one stays in use", e);
                }
            }
        }
        return known;
    }

    private static String password(String value) {
        try {
            String both = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
            return both.substring(both.indexOf(':') + 1);
        } catch (IllegalArgumentException notBase64) {
            return "";
        }
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
