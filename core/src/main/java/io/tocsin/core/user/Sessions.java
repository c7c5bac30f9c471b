package io.tocsin.core.user;

import io.tocsin.core.repository.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The signed-in browsers. They live in the database, so a restart of the core signs nobody out.
///
/// Thread-safety: any thread.
final class Sessions {
    static final Duration MAX_AGE = Duration.ofDays(7);
    static final Duration MAX_IDLE = Duration.ofHours(12);
    /// Use is written down at most this often: reading must not become writing.
    private static final Duration USE_PRECISION = Duration.ofMinutes(1);

    /// A session of `user`. The fingerprint names it; only the browser knows the secret.
    record Session(String fingerprint, CurrentUser user, String csrf) {}

    /// A session that was just opened, with the secret for the cookie.
    record Opened(String secret, Session session) {}

    private record Row(Session session, long lastUsedAt) {}

    private final Database database;
    private final InstantSource clock;
    private final Secrets secrets;

    Sessions(Database database, InstantSource clock, Secrets secrets) {
        this.database = database;
        this.clock = clock;
        this.secrets = secrets;
    }

    Opened open(CurrentUser user) {
        long now = clock.millis();
        String secret = secrets.next();
        Session session = new Session(Secrets.fingerprint(secret), user, secrets.next());
        database.transaction(() -> {
            database.writer()
                    .sql("DELETE FROM session WHERE created_at < ? OR last_used_at < ?")
                    .params(now - MAX_AGE.toMillis(), now - MAX_IDLE.toMillis())
                    .update();
            return database.writer()
                    .sql("INSERT INTO session (secret_hash, account_id, csrf, created_at, last_used_at)"
                            + " VALUES (?, ?, ?, ?, ?)")
                    .params(session.fingerprint(), user.id(), session.csrf(), now, now)
                    .update();
        });
        return new Opened(secret, session);
    }

    Optional<Session> find(String secret) {
        long now = clock.millis();
        Optional<Row> row = database.reader()
                .sql("""
                        SELECT s.secret_hash, s.csrf, s.last_used_at, a.id, a.login, a.name, a.role
                        FROM session s JOIN account a ON a.id = s.account_id
                        WHERE s.secret_hash = ? AND a.disabled = 0 AND s.created_at >= ? AND s.last_used_at >= ?""")
                .params(Secrets.fingerprint(secret), now - MAX_AGE.toMillis(), now - MAX_IDLE.toMillis())
                .query((columns, _) -> new Row(
                        new Session(
                                columns.getString("secret_hash"),
                                new CurrentUser(
                                        columns.getString("id"),
                                        columns.getString("login"),
                                        columns.getString("name"),
                                        Role.of(columns.getString("role"))),
                                columns.getString("csrf")),
                        columns.getLong("last_used_at")))
                .optional();
        row.filter(found -> now - found.lastUsedAt() > USE_PRECISION.toMillis())
                .ifPresent(found -> database.writer()
                        .sql("UPDATE session SET last_used_at = ? WHERE secret_hash = ?")
                        .params(now, found.session().fingerprint())
                        .update());
        return row.map(Row::session);
    }

    /// Closes the sessions of an account, inside the transaction of the caller.
    ///
    /// @param but fingerprint of one that stays open, or null
    void closeAll(String accountId, @Nullable String but) {
        database.writer()
                .sql("DELETE FROM session WHERE account_id = ? AND secret_hash <> ?")
                .params(accountId, but == null ? "" : but)
                .update();
    }

    void close(Session session) {
        database.writer()
                .sql("DELETE FROM session WHERE secret_hash = ?")
                .param(session.fingerprint())
                .update();
    }
}
