package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
final class RetentionTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final long ROOM = 1L << 40;

    @TempDir
    private Path folder;

    /// One hundred events and their ledger at noon of each of the days before.
    private static void fill(Session session, List<Integer> daysAgo) {
        for (int days : daysAgo) {
            long millis = NOW.minus(Duration.ofDays(days)).toEpochMilli();
            String time = "fromUnixTimestamp64Milli(toInt64(" + millis + "), 'UTC')";
            session.execute("INSERT INTO events (Timestamp, ServiceName, ConnectorName) SELECT " + time
                    + ", 'c', 'x' FROM numbers(100)");
            session.execute("INSERT INTO ledger VALUES (" + time + ", 'c', 'x', 'received', '', 100)");
        }
    }

    private static List<String> days(Session session) {
        return session.text("SELECT DISTINCT toDate(Timestamp) AS day FROM events ORDER BY day")
                .lines()
                .toList();
    }

    private static String balance(Session session) {
        return session.text("SELECT (SELECT sum(Value) FROM ledger) - (SELECT count() FROM events)");
    }

    @Test
    void dropsWholeDaysThatAreTooOldWithTheirLedger() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    Retention retention = new Retention(engine.administrator(), folder, new Retention.Limits(90, 0))) {
                Tables.prepare(session);
                fill(session, List.of(0, 1, 89, 90, 91, 400));
                assertThat(retention.run(NOW, ROOM)).isEqualTo(new Retention.Dropped(2, 200));
                assertThat(days(session)).hasSize(4).first().isEqualTo("2026-08-24");
                assertThat(balance(session)).isEqualTo("0");
                assertThat(retention.run(NOW, ROOM)).isEqualTo(new Retention.Dropped(0, 0));
            }
        });
    }

    @Test
    void dropsTheOldestDaysWhileTheDiskIsShortButNeverTodayAndYesterday() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    Retention retention =
                            new Retention(engine.administrator(), folder, new Retention.Limits(90, 1000))) {
                Tables.prepare(session);
                fill(session, List.of(0, 1, 2, 3));
                assertThat(retention.run(NOW, 1000).days()).isZero();
                // The oldest day frees enough.
                assertThat(retention.run(NOW, 999).days()).isEqualTo(1);
                assertThat(days(session)).first().isEqualTo("2026-11-20");
                assertThat(retention.run(NOW, -ROOM).days()).isEqualTo(1);
                assertThat(retention.run(NOW, -ROOM).days()).isZero();
                assertThat(days(session)).containsExactly("2026-11-21", "2026-11-22");
                assertThat(balance(session)).isEqualTo("0");
            }
        });
    }

    @Test
    void keepsEverythingWithoutLimits() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    Retention retention = new Retention(engine.administrator(), folder, new Retention.Limits(0, 0))) {
                Tables.prepare(session);
                fill(session, List.of(0, 4000));
                assertThat(retention.run(NOW, 0).days()).isZero();
                assertThat(days(session)).hasSize(2);
            }
        });
        assertThatThrownBy(() -> new Retention.Limits(-1, 0)).hasMessageContaining("days=-1");
    }
}
