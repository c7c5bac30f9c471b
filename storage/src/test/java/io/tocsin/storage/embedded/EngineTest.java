package io.tocsin.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.error.TocsinException;
import io.tocsin.storage.TestEngine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
final class EngineTest {
    @TempDir
    private Path folder;

    @Test
    void keepsDataOverAReopen() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                session.execute("CREATE TABLE numbers (n Int64) ENGINE = MergeTree ORDER BY n");
                session.execute("INSERT INTO numbers SELECT number FROM system.numbers LIMIT 1000");
            }
        });
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                assertThat(session.text("SELECT sum(n) FROM numbers")).isEqualTo("499500");
            }
        });
    }

    @Test
    void saysCodeAndNameOfWhatTheEngineRefused() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                assertThatThrownBy(() -> session.text("SELECT nothing FROM nowhere"))
                        .isInstanceOfSatisfying(EngineException.class, e -> {
                            assertThat(e.code()).isEqualTo(60);
                            assertThat(e.name()).isEqualTo("UNKNOWN_TABLE");
                            assertThat(e.isRetriable()).isFalse();
                        });
                assertThat(session.text("SELECT 1")).as("serves on").isEqualTo("1");
            }
        });
    }

    @Test
    void bindsParametersWithoutReadingThemAsSql() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                String hostile = "x'; DROP TABLE events; -- \\ \t \n \u00e9 \ud83d\udd14";
                QueryResult result =
                        session.query("SELECT hex({text:String})", "TSVRaw", Map.of("text", escapeParameter(hostile)));
                byte[] bytes = hostile.getBytes(StandardCharsets.UTF_8);
                assertThat(result.text().strip())
                        .isEqualTo(java.util.HexFormat.of().withUpperCase().formatHex(bytes));
            }
        });
    }

    /// Parameter values are read in the escaped form of TSV.
    private static String escapeParameter(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
    }

    @Test
    void streamsAnAnswerInPieces() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                // The engine tells its progress beside the pieces and now and then misses a step at the end.
                long rowsRead = 0;
                for (int attempt = 0; attempt < 5 && rowsRead < 300_000; attempt++) {
                    rowsRead = readNumbers(session);
                }
                assertThat(rowsRead).isGreaterThanOrEqualTo(300_000);
            }
        });
    }

    private static long readNumbers(Session session) {
        try (QueryStream stream = session.stream("SELECT number FROM system.numbers LIMIT 300000", "TSV", Map.of())) {
            int pieces = 0;
            long lines = 0;
            for (byte[] piece = stream.next(); piece != null; piece = stream.next()) {
                pieces++;
                for (byte b : piece) {
                    lines += b == '\n' ? 1 : 0;
                }
            }
            assertThat(lines).isEqualTo(300_000);
            assertThat(pieces).isGreaterThan(1);
            return stream.rowsRead();
        }
    }

    @Test
    void cancelsAStreamThatIsClosedEarly() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                try (QueryStream stream = session.stream("SELECT number FROM system.numbers", "TSV", Map.of())) {
                    assertThat(stream.next()).isNotNull();
                }
                assertThat(session.text("SELECT 2")).isEqualTo("2");
            }
        });
    }

    @Test
    void reportsAnErrorInTheMiddleOfAStream() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator();
                    QueryStream stream = session.stream(
                            "SELECT throwIf(number = 500000) FROM system.numbers SETTINGS max_block_size = 1000",
                            "TSV",
                            Map.of())) {
                assertThatThrownBy(() -> {
                            while (stream.next() != null) {
                                // until it fails
                            }
                        })
                        .isInstanceOf(EngineException.class)
                        .hasMessageContaining("throwIf");
                assertThat(stream.next()).isNull();
            }
        });
    }

    @Test
    void keepsRowsOfAFailedStatementOutOfTheNextAnswer() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                String failing = "SELECT number, throwIf(number = 2500) FROM numbers(10000)"
                        + " SETTINGS max_block_size = 1000, max_threads = 1";
                assertThatThrownBy(() -> session.query(failing, "JSONCompactEachRowWithNamesAndTypes", Map.of()))
                        .isInstanceOf(EngineException.class);
                assertThat(session.text("SELECT 7")).isEqualTo("7");
                try (QueryStream stream = session.stream(failing, "JSONCompactEachRowWithNamesAndTypes", Map.of())) {
                    assertThatThrownBy(() -> {
                                while (stream.next() != null) {
                                    // until it fails
                                }
                            })
                            .isInstanceOf(EngineException.class);
                }
                try (QueryStream stream = session.stream("SELECT 8", "TSV", Map.of())) {
                    assertThat(stream.next()).asString().isEqualTo("8\n");
                }
            }
        });
    }

    @Test
    void stopsARunningStatementOnDemand() throws Exception {
        TestEngine.with(folder, engine -> {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                    Session session = engine.administrator();
                    Session observer = engine.administrator()) {
                Future<String> running = threads.submit(
                        () -> session.text("SELECT count() FROM system.numbers WHERE sipHash64(number) = 1"));
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> observer.text(
                                        "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(num%'"
                                                + " AND query NOT LIKE '%processes%'")
                                .equals("1"));
                session.cancel();
                assertThatThrownBy(() -> running.get(10, TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(EngineException.class)
                        .hasMessageContaining("cancelled");
            }
        });
    }

    @Test
    void runsStatementsOfSeveralSessionsAtOnce() throws Exception {
        TestEngine.with(folder, engine -> {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<String>> sums = java.util.stream.IntStream.range(0, 8)
                        .mapToObj(i -> threads.submit(() -> {
                            try (Session session = engine.administrator()) {
                                String last = "";
                                for (int round = 0; round < 20; round++) {
                                    last = session.text("SELECT sum(number) + " + i + " FROM numbers(1000)");
                                }
                                return last;
                            }
                        }))
                        .toList();
                for (int i = 0; i < sums.size(); i++) {
                    assertThat(sums.get(i).get()).isEqualTo(Integer.toString(499_500 + i));
                }
            }
        });
    }

    @Test
    void givesReadersTheirTablesOnly() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session administrator = engine.administrator();
                    Session reader = engine.reader()) {
                administrator.execute("CREATE TABLE events (n Int64) ENGINE = MergeTree ORDER BY n");
                administrator.execute("CREATE TABLE secrets (n Int64) ENGINE = MergeTree ORDER BY n");
                assertThat(reader.text("SELECT count() FROM events")).isEqualTo("0");
                for (String sql : List.of(
                        "SELECT * FROM secrets",
                        "INSERT INTO events VALUES (1)",
                        "DROP TABLE events",
                        "CREATE TABLE x (n Int64) ENGINE = Memory",
                        "SET readonly = 0",
                        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
                        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')")) {
                    assertThatThrownBy(() -> reader.text(sql)).as(sql).isInstanceOf(EngineException.class);
                }
            }
        });
    }

    @Test
    void refusesAFolderThatIsInUse() throws Exception {
        TestEngine.with(
                folder,
                engine -> assertThatThrownBy(() -> Engine.open(engine.options(), TestEngine.library()))
                        .isInstanceOf(TocsinException.class)
                        .hasMessageContaining("another process uses the storage folder"));
    }

    /// Statements that reset the signal handler of the JVM, and then null checks that the JVM handles by that
    /// signal.
    @Test
    void survivesNullChecksAfterTheEngineResetTheSignalHandlers() throws Exception {
        TestEngine.with(folder, engine -> {
            try (Session session = engine.administrator()) {
                session.execute("CREATE TABLE indexed (t String, INDEX i t TYPE text(tokenizer = 'splitByNonAlpha'))"
                        + " ENGINE = MergeTree ORDER BY tuple()");
                session.execute(
                        "INSERT INTO indexed SELECT concat('token', toString(number)) FROM system.numbers LIMIT 10000");
                int caught = 0;
                for (int i = 0; i < 200_000; i++) {
                    caught += lengthOrMinusOne(i % 1000 == 0 ? null : "text") == -1 ? 1 : 0;
                }
                assertThat(caught).isEqualTo(200);
                assertThat(session.text("SELECT count() FROM indexed WHERE hasToken(t, 'token77')"))
                        .isEqualTo("1");
            }
        });
    }

    @SuppressWarnings("NullAway") // the null dereference is the point
    private static int lengthOrMinusOne(@org.jspecify.annotations.Nullable String text) {
        try {
            return text.length();
        } catch (NullPointerException e) {
            return -1;
        }
    }
}
