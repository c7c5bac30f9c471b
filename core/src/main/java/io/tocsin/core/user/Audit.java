package io.tocsin.core.user;

import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import io.tocsin.core.repository.Database;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who did what to accounts, sessions, tokens and rules. Entries are written inside the transaction of what they
/// speak of, name logins as they were and are never changed.
///
/// Thread-safety: any thread.
public final class Audit {
    /// Stands for a login where the installation itself did it.
    public static final String SYSTEM = "system";

    /// What is written down.
    public enum Action {
        USER_CREATED("user-created"),
        USER_CHANGED("user-changed"),
        USER_DISABLED("user-disabled"),
        USER_ENABLED("user-enabled"),
        PASSWORD_CHANGED("password-changed"),
        PASSWORD_RESET("password-reset"),
        SIGNED_IN("signed-in"),
        TOKEN_CREATED("token-created"),
        TOKEN_DELETED("token-deleted"),
        RULES_CHANGED("rules-changed"),
        TABLE_ENTRY_CHANGED("table-entry-changed"),
        TABLE_ENTRY_DELETED("table-entry-deleted"),
        TABLE_CLEARED("table-cleared"),
        TABLE_IMPORTED("table-imported"),
        TABLE_EXPORTED("table-exported"),
        RESPONSE_REQUESTED("response-requested"),
        RESPONSE_RUN("response-run"),
        EXCEPTION_ADDED("exception-added"),
        EXCEPTION_REMOVED("exception-removed"),
        SUPPRESSION_ADDED("suppression-added"),
        SUPPRESSION_ENDED("suppression-ended"),
        RULE_QUARANTINED("rule-quarantined"),
        RULE_RELEASED("rule-released");

        private final String text;

        Action(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /// An entry.
    ///
    /// @param actor login of who did it, or [#SYSTEM]
    /// @param subject what it was done to: the login of an account, the name of a rule
    record Entry(long id, long time, String actor, String action, String subject, String detail) {}

    private final Database database;
    private final InstantSource clock;

    Audit(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /// Writes an entry; inside [Database#transaction] it takes part in it.
    public void add(String actor, Action action, String subject, String detail) {
        database.writer()
                .sql("INSERT INTO audit (time, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)")
                .params(clock.millis(), actor, action.text(), subject, detail)
                .update();
    }

    /// Entries, newest first.
    Page<Entry> list(@Nullable Cursor after, int limit) {
        List<Entry> found = database.reader()
                .sql("SELECT sequence, time, actor, action, subject, detail FROM audit WHERE sequence < ?"
                        + " ORDER BY sequence DESC LIMIT ?")
                .params(after == null ? Long.MAX_VALUE : after.time(), limit + 1)
                .query((row, _) -> new Entry(
                        row.getLong(1),
                        row.getLong(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6)))
                .list();
        if (found.size() <= limit) {
            return Page.whole(found);
        }
        List<Entry> page = found.subList(0, limit);
        return new Page<>(page, new Cursor(page.getLast().id(), "").text());
    }
}
