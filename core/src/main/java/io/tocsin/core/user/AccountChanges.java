package io.tocsin.core.user;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.core.repository.Database;
import io.tocsin.core.user.Accounts.Account;
import io.tocsin.error.ErrorCode;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Makes and changes accounts. Accounts are never deleted, because alerts name them; one that is not needed is
/// disabled: its sessions end, its tokens are refused.
///
/// A new password ends the sessions of the account; when an administrator sets it, the tokens go as well, because that
/// is done when somebody else may have got in. There is always an administrator who can sign in.
///
/// Thread-safety: any thread.
final class AccountChanges {
    private static final String SELECT = "SELECT id, login, name, role, disabled, created_at FROM account";

    private final Database database;
    private final Accounts accounts;
    private final Sessions sessions;
    private final Tokens tokens;
    private final Audit audit;
    private final InstantSource clock;

    AccountChanges(
            Database database, Accounts accounts, Sessions sessions, Tokens tokens, Audit audit, InstantSource clock) {
        this.database = database;
        this.accounts = accounts;
        this.sessions = sessions;
        this.tokens = tokens;
        this.audit = audit;
        this.clock = clock;
    }

    /// What an administrator changes; null stays as it is.
    record Change(
            @Nullable String name,
            @Nullable Role role,
            @Nullable Boolean disabled,
            @Nullable String password) {}

    List<Account> list() {
        return query(database.reader(), " ORDER BY login").list();
    }

    Account create(CurrentUser actor, String login, String name, Role role, String password) {
        checkPassword(login, password);
        String hash = accounts.hash(password);
        return database.transaction(() -> {
            int taken = database.writer()
                    .sql("SELECT count(*) FROM account WHERE login = ?")
                    .param(login)
                    .query(Integer.class)
                    .single();
            if (taken > 0) {
                throw new ApiException(Problem.of(409, ErrorCode.CONFLICT, "there is an account with this login"));
            }
            CurrentUser made = Accounts.add(database.writer(), login, name, role, hash, clock.millis());
            audit.add(actor.login(), Audit.Action.USER_CREATED, login, "role " + role.text());
            return find(made.id());
        });
    }

    Account change(CurrentUser actor, String id, Change change) {
        String password = change.password();
        Account seen = find(id);
        String hash = null;
        if (password != null) {
            if (actor.id().equals(id)) {
                throw ApiException.invalid("password", "is your own: change it with the old one");
            }
            checkPassword(seen.login(), password);
            hash = accounts.hash(password);
        }
        String newHash = hash;
        return database.transaction(() -> {
            Account old = find(id);
            String name = change.name() == null ? old.name() : change.name();
            Role role = change.role() == null ? old.role() : change.role();
            boolean disabled = change.disabled() == null ? old.disabled() : change.disabled();
            boolean wasAdministrator = old.role() == Role.ADMIN && !old.disabled();
            if (wasAdministrator && (role != Role.ADMIN || disabled) && isLastAdministrator(id)) {
                throw new ApiException(
                        Problem.of(409, ErrorCode.CONFLICT, "this is the last administrator; make another one first"));
            }
            database.writer()
                    .sql("UPDATE account SET name = ?, role = ?, disabled = ? WHERE id = ?")
                    .params(name, role.text(), disabled ? 1 : 0, id)
                    .update();
            if (!name.equals(old.name()) || role != old.role()) {
                audit.add(
                        actor.login(),
                        Audit.Action.USER_CHANGED,
                        old.login(),
                        role == old.role() ? "name" : "role " + old.role().text() + " to " + role.text());
            }
            if (disabled != old.disabled()) {
                audit.add(
                        actor.login(),
                        disabled ? Audit.Action.USER_DISABLED : Audit.Action.USER_ENABLED,
                        old.login(),
                        "");
            }
            if (newHash != null) {
                setPassword(id, newHash);
                tokens.deleteAll(id);
                audit.add(actor.login(), Audit.Action.PASSWORD_RESET, old.login(), "");
            }
            if (disabled || newHash != null) {
                sessions.closeAll(id, null);
            }
            return find(id);
        });
    }

    /// Changes one's own password and signs out all other browsers.
    ///
    /// @param session the session that stays, or null
    void changeOwnPassword(CurrentUser user, String password, Sessions.@Nullable Session session) {
        checkPassword(user.login(), password);
        String hash = accounts.hash(password);
        database.transaction(() -> {
            setPassword(user.id(), hash);
            sessions.closeAll(user.id(), session == null ? null : session.fingerprint());
            audit.add(user.login(), Audit.Action.PASSWORD_CHANGED, user.login(), "");
            return user;
        });
    }

    private void setPassword(String id, String hash) {
        database.writer()
                .sql("UPDATE account SET password_hash = ? WHERE id = ?")
                .params(hash, id)
                .update();
    }

    private boolean isLastAdministrator(String id) {
        return database.writer()
                        .sql("SELECT count(*) FROM account WHERE role = 'admin' AND disabled = 0 AND id <> ?")
                        .param(id)
                        .query(Integer.class)
                        .single()
                == 0;
    }

    private static void checkPassword(String login, String password) {
        if (password.length() < Accounts.MIN_PASSWORD_LENGTH || password.length() > Accounts.MAX_PASSWORD_LENGTH) {
            throw ApiException.invalid(
                    "password",
                    "must have " + Accounts.MIN_PASSWORD_LENGTH + " to " + Accounts.MAX_PASSWORD_LENGTH
                            + " characters");
        }
        if (password.equalsIgnoreCase(login) || password.chars().distinct().count() < 4) {
            throw ApiException.invalid("password", "is too easy to guess");
        }
    }

    private Account find(String id) {
        Optional<Account> found = query(database.writer(), " WHERE id = ?", id).optional();
        return found.orElseThrow(() -> ApiException.notFound("account"));
    }

    private static JdbcClient.MappedQuerySpec<Account> query(JdbcClient client, String rest, Object... parameters) {
        return client.sql(SELECT + rest)
                .params(parameters)
                .query((row, _) -> new Account(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        Role.of(row.getString(4)),
                        row.getBoolean(5),
                        row.getLong(6)));
    }
}
