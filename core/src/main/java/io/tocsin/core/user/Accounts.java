package io.tocsin.core.user;

import io.tocsin.core.repository.Database;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.password.Pbkdf2PasswordEncoder;

/// The accounts and their passwords. Hashes are PBKDF2-HMAC-SHA256 with 600,000 rounds (`docs/decisions`).
///
/// Thread-safety: any thread.
public final class Accounts {
    private static final int ROUNDS = 600_000;
    private static final int SALT_BYTES = 16;
    /// Hashing is slow on purpose; more at once than this would let strangers take the processor.
    private static final int MAX_HASHING = 2;

    static final int MIN_PASSWORD_LENGTH = 12;
    static final int MAX_PASSWORD_LENGTH = 1_000;

    private record Stored(CurrentUser user, String hash) {}

    /// An account as administrators see it.
    record Account(String id, String login, String name, Role role, boolean disabled, long createdAt) {}

    private final Database database;
    private final Semaphore hashing = new Semaphore(MAX_HASHING, true);
    private final Pbkdf2PasswordEncoder encoder = new Pbkdf2PasswordEncoder(
            "", SALT_BYTES, ROUNDS, Pbkdf2PasswordEncoder.SecretKeyFactoryAlgorithm.PBKDF2WithHmacSHA256);
    private final String nobodysHash;

    Accounts(Database database) {
        this.database = database;
        // A hash of the right shape that no password matches: unknown logins take as long as known ones.
        this.nobodysHash = "00".repeat(SALT_BYTES + 32);
    }

    /// Returns the accounts that are in use by login, for lists to choose from.
    public List<UserReference> all() {
        return database.reader()
                .sql("SELECT id, login, name FROM account WHERE disabled = 0 ORDER BY login")
                .query((row, _) -> new UserReference(row.getString(1), row.getString(2), row.getString(3)))
                .list();
    }

    boolean isEmpty() {
        return database.reader()
                        .sql("SELECT count(*) FROM account")
                        .query(Integer.class)
                        .single()
                == 0;
    }

    /// Returns the account when the password is right.
    Optional<CurrentUser> authenticate(String login, String password) {
        Optional<Stored> stored = database.reader()
                .sql("SELECT id, login, name, role, password_hash FROM account WHERE login = ? AND disabled = 0")
                .param(login)
                .query((row, _) -> new Stored(
                        new CurrentUser(
                                row.getString(1), row.getString(2), row.getString(3), Role.of(row.getString(4))),
                        row.getString(5)))
                .optional();
        String hash = stored.map(Stored::hash).orElse(nobodysHash);
        hashing.acquireUninterruptibly();
        try {
            boolean right = password.length() <= MAX_PASSWORD_LENGTH && encoder.matches(password, hash);
            return right ? stored.map(Stored::user) : Optional.empty();
        } finally {
            hashing.release();
        }
    }

    String hash(String password) {
        hashing.acquireUninterruptibly();
        try {
            return String.valueOf(encoder.encode(password));
        } finally {
            hashing.release();
        }
    }

    /// Adds an account inside the transaction of the caller and returns it.
    static CurrentUser add(JdbcClient writer, String login, String name, Role role, String hash, long now) {
        String id = UUID.randomUUID().toString();
        writer.sql("INSERT INTO account (id, login, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)")
                .params(id, login, name, role.text(), hash, now)
                .update();
        return new CurrentUser(id, login, name, role);
    }
}
