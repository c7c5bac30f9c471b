package io.tocsin.core.user;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import io.tocsin.core.http.Problem;
import io.tocsin.core.repository.Database;
import io.tocsin.error.ErrorCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Personal tokens for programs: they act as their owner and are stored as fingerprints only.
///
/// Thread-safety: any thread.
final class Tokens {
    static final int MAX_PER_ACCOUNT = 100;
    private static final String PREFIX = "tocsin_";
    private static final Duration USE_PRECISION = Duration.ofMinutes(1);

    /// A token without its secret.
    record Token(
            String id,
            String name,
            long createdAt,
            @Nullable Long expiresAt,
            @Nullable Long lastUsedAt) {}

    /// A token that was just made, the only time that its secret is shown.
    record NewToken(
            String id,
            String name,
            long createdAt,
            @JsonInclude @Nullable Long expiresAt,
            @JsonInclude @Nullable Long lastUsedAt,
            String secret) {}

    private record Use(String id, CurrentUser user, long lastUsedAt) {}

    private final Database database;
    private final InstantSource clock;
    private final Secrets secrets;

    Tokens(Database database, InstantSource clock, Secrets secrets) {
        this.database = database;
        this.clock = clock;
        this.secrets = secrets;
    }

    String newSecret() {
        return PREFIX + secrets.next();
    }

    NewToken make(String accountId, String name, @Nullable Long expiresAt) {
        String secret = newSecret();
        return database.transaction(() -> {
            int present = database.writer()
                    .sql("SELECT count(*) FROM token WHERE account_id = ?")
                    .param(accountId)
                    .query(Integer.class)
                    .single();
            if (present >= MAX_PER_ACCOUNT) {
                throw new ApiException(Problem.of(
                        409, ErrorCode.CONFLICT, "delete a token first [maxTokens=" + MAX_PER_ACCOUNT + "]"));
            }
            Token token = insert(accountId, name, secret, expiresAt);
            return new NewToken(token.id(), token.name(), token.createdAt(), token.expiresAt(), null, secret);
        });
    }

    /// Adds a token with a secret that the caller made, inside its transaction.
    Token insert(String accountId, String name, String secret, @Nullable Long expiresAt) {
        Token token = new Token(UUID.randomUUID().toString(), name, clock.millis(), expiresAt, null);
        database.writer()
                .sql("INSERT INTO token (id, secret_hash, account_id, name, created_at, expires_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?)")
                .param(token.id())
                .param(Secrets.fingerprint(secret))
                .param(accountId)
                .param(name)
                .param(token.createdAt())
                .param(expiresAt)
                .update();
        return token;
    }

    Page<Token> list(String accountId, @Nullable Cursor after, int limit) {
        List<Token> found = database.reader()
                .sql("""
                        SELECT id, name, created_at, expires_at, last_used_at FROM token
                        WHERE account_id = ? AND (created_at, id) < (?, ?)
                        ORDER BY created_at DESC, id DESC LIMIT ?""")
                .params(
                        accountId,
                        after == null ? Long.MAX_VALUE : after.time(),
                        after == null ? "" : after.id(),
                        limit + 1)
                .query((row, _) -> new Token(
                        row.getString("id"),
                        row.getString("name"),
                        row.getLong("created_at"),
                        nullable(row, "expires_at"),
                        nullable(row, "last_used_at")))
                .list();
        if (found.size() <= limit) {
            return Page.whole(found);
        }
        List<Token> page = found.subList(0, limit);
        return new Page<>(
                page, new Cursor(page.getLast().createdAt(), page.getLast().id()).text());
    }

    void delete(String accountId, String id) {
        int deleted = database.writer()
                .sql("DELETE FROM token WHERE id = ? AND account_id = ?")
                .params(id, accountId)
                .update();
        if (deleted == 0) {
            throw ApiException.notFound("token");
        }
    }

    /// Deletes all tokens of an account, inside the transaction of the caller.
    void deleteAll(String accountId) {
        database.writer()
                .sql("DELETE FROM token WHERE account_id = ?")
                .param(accountId)
                .update();
    }

    /// Returns the owner of a valid token.
    Optional<CurrentUser> find(String secret) {
        long now = clock.millis();
        Optional<Use> use = database.reader()
                .sql("""
                        SELECT t.id, t.last_used_at, a.id AS account_id, a.login, a.name, a.role
                        FROM token t JOIN account a ON a.id = t.account_id
                        WHERE t.secret_hash = ? AND a.disabled = 0 AND (t.expires_at IS NULL OR t.expires_at > ?)""")
                .params(Secrets.fingerprint(secret), now)
                .query((row, _) -> new Use(
                        row.getString("id"),
                        new CurrentUser(
                                row.getString("account_id"),
                                row.getString("login"),
                                row.getString("name"),
                                Role.of(row.getString("role"))),
                        row.getLong("last_used_at")))
                .optional();
        use.filter(found -> now - found.lastUsedAt() > USE_PRECISION.toMillis())
                .ifPresent(found -> database.writer()
                        .sql("UPDATE token SET last_used_at = ? WHERE id = ?")
                        .params(now, found.id())
                        .update());
        return use.map(Use::user);
    }

    private static @Nullable Long nullable(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
