package io.tocsin.core.alert;

import io.tocsin.core.repository.Database;
import java.time.Duration;
import java.time.InstantSource;

/// Keeps the database of alerts bounded: closed alerts go with all that belongs to them a year after their last
/// change, the identifiers of hits a month after they came in. Open alerts stay: somebody has to decide about them.
///
/// Works a little at a time, so that the writer is never held for long.
///
/// Thread-safety: one thread runs it.
public final class AlertRetention implements AutoCloseable {
    static final Duration CLOSED_ALERTS = Duration.ofDays(365);
    static final Duration HITS = Duration.ofDays(30);
    static final Duration AUDIT = Duration.ofDays(400);

    private static final System.Logger LOG = System.getLogger(AlertRetention.class.getName());
    private static final Duration PAUSE = Duration.ofHours(1);
    private static final int ROWS_PER_STEP = 500;

    private final Database database;
    private final InstantSource clock;
    private final Thread thread = Thread.ofVirtual().name("alert-retention").unstarted(this::repeat);

    AlertRetention(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    AlertRetention start() {
        thread.start();
        return this;
    }

    private void repeat() {
        try {
            while (true) {
                try {
                    run();
                } catch (RuntimeException e) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "old alerts could not be removed, trying again later [reason=" + e.getMessage() + "]");
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Removes what is too old now.
    void run() {
        long now = clock.millis();
        removeAll(
                "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE status = 'closed' AND updated_at < ? LIMIT ?)",
                now - CLOSED_ALERTS.toMillis());
        removeAll("DELETE FROM hit WHERE id IN (SELECT id FROM hit WHERE taken_at < ? LIMIT ?)", now - HITS.toMillis());
        removeAll(
                "DELETE FROM held_hit WHERE id IN (SELECT id FROM held_hit WHERE taken_at < ? LIMIT ?)",
                now - HITS.toMillis());
        removeAll(
                "DELETE FROM suppression WHERE id IN (SELECT id FROM suppression WHERE expires_at < ? LIMIT ?)",
                now - CLOSED_ALERTS.toMillis());
        removeAll(
                "DELETE FROM audit WHERE sequence IN (SELECT sequence FROM audit WHERE time < ? LIMIT ?)",
                now - AUDIT.toMillis());
    }

    private void removeAll(String sql, long before) {
        int removed;
        do {
            removed = database.transaction(() ->
                    database.writer().sql(sql).params(before, ROWS_PER_STEP).update());
        } while (removed == ROWS_PER_STEP);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
