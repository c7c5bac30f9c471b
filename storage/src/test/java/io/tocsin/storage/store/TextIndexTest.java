package io.tocsin.storage.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
final class TextIndexTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final String NEEDLE = "SELECT count() FROM events WHERE hasToken(Raw, 'needle4711')";
    private static final String PART_OF_A_WORD = "SELECT count() FROM events WHERE Raw LIKE '%eedle4711%'";

    @TempDir
    private Path folder;

    private static void fill(Session session, String day, int rows) {
        session.execute("INSERT INTO events (Timestamp, Raw, Message) SELECT toDateTime64('" + day
                + " 10:00:00', 3, 'UTC'), 'line from host' || toString(number % 7) || ' needle' || toString(number)"
                + " || ' end', 'message ' || toString(number) FROM numbers(" + rows + ")");
    }

    private static String indexed(Session session, String partition) {
        return session.text("SELECT min(secondary_indices_compressed_bytes > 0) FROM system.parts WHERE active"
                + " AND table = 'events' AND partition = '" + partition + "'");
    }

    private static long granules(Session session, String sql) {
        String plan = session.text("EXPLAIN indexes = 1 " + sql);
        int at = plan.lastIndexOf("Granules: ");
        return Long.parseLong(plan.substring(at + "Granules: ".length(), plan.indexOf('/', at)));
    }

    @Test
    void indexesDaysThatAreOverAndAnswersTheSameBeforeAndAfter() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    TextIndex index = new TextIndex(engine.administrator(), Duration.ZERO.minusDays(365_000))) {
                Tables.prepare(session);
                Tables.store(session, Set.of("Message"));
                // The first look makes the index known before anything is inserted.
                assertThat(index.run(NOW)).isZero();
                fill(session, "2026-11-21", 100_000);
                fill(session, "2026-11-22", 20_000);
                assertThat(indexed(session, "20261121"))
                        .as("inserts do not build it")
                        .isEqualTo("0");
                assertThat(session.text(NEEDLE)).isEqualTo("2");
                assertThat(session.text(PART_OF_A_WORD)).isEqualTo("12");
                long before = granules(session, NEEDLE);

                assertThat(index.run(NOW)).isEqualTo(1);
                assertThat(indexed(session, "20261121")).isEqualTo("1");
                assertThat(indexed(session, "20261122")).as("today is scanned").isEqualTo("0");
                assertThat(session.text(NEEDLE)).isEqualTo("2");
                assertThat(session.text(PART_OF_A_WORD)).isEqualTo("12");
                assertThat(granules(session, NEEDLE)).isLessThan(before / 2);
                assertThat(granules(session, PART_OF_A_WORD)).isLessThan(before / 2);
                assertThat(index.run(NOW)).isZero();

                fill(session, "2026-11-21", 5000);
                assertThat(session.text(NEEDLE)).as("late events are found").isEqualTo("3");
                assertThat(index.run(NOW)).isEqualTo(1);
                assertThat(indexed(session, "20261121")).isEqualTo("1");
                assertThat(session.text(NEEDLE)).isEqualTo("3");
            }
        });
    }

    @Test
    void leavesADayAloneToWhichEventsWereJustAdded() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    TextIndex index = new TextIndex(engine.administrator())) {
                Tables.prepare(session);
                Tables.store(session, Set.of("Message"));
                fill(session, "2020-01-01", 10);
                Instant inserted = Instant.ofEpochSecond(Long.parseLong(session.text("SELECT toUnixTimestamp(now())")));
                assertThat(index.run(inserted)).isZero();
                assertThat(index.run(inserted.plus(Duration.ofMinutes(20)))).isEqualTo(1);
            }
        });
    }

    @Test
    void triesADayWithoutTextOnce() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    TextIndex index = new TextIndex(engine.administrator(), Duration.ZERO.minusDays(365_000))) {
                Tables.prepare(session);
                Tables.store(session, Set.of("Name"));
                session.execute(
                        "INSERT INTO events (Timestamp, Name) SELECT toDateTime64('2026-11-20 10:00:00', 3, 'UTC'), 'x'"
                                + " FROM numbers(10)");
                index.run(NOW);
                index.run(NOW);
                assertThat(index.run(NOW)).isZero();
            }
        });
    }
}
