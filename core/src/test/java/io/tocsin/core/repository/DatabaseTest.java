package io.tocsin.core.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.sqlite.SQLiteDataSource;

final class DatabaseTest {
    @Test
    void knowsTheNumberOfItsNewestMigration() throws Exception {
        int newest = Arrays.stream(
                        new PathMatchingResourcePatternResolver().getResources("classpath:db/migration/V*__*.sql"))
                .map(file -> Objects.requireNonNull(file.getFilename()))
                .mapToInt(name -> Integer.parseInt(name.substring(1, name.indexOf("__"))))
                .max()
                .orElseThrow();
        assertThat(newest).isEqualTo(Database.SCHEMA_VERSION);
    }

    @Test
    void bringsANewFileUpToDateAndLeavesItThere(@TempDir Path folder) {
        Path file = folder.resolve("deep/er/core.sqlite");
        try (Database database = Database.open(file)) {
            assertThat(version(database)).isEqualTo(Database.SCHEMA_VERSION);
        }
        try (Database database = Database.open(file)) {
            assertThat(database.reader()
                            .sql("SELECT count(*) FROM alert")
                            .query(Integer.class)
                            .single())
                    .isZero();
        }
    }

    @Test
    void keepsRunsOfResponsesFromAnEarlierVersionWithTheirAlerts(@TempDir Path folder) {
        Path file = folder.resolve("core.sqlite");
        SQLiteDataSource old = new SQLiteDataSource();
        old.setUrl("jdbc:sqlite:" + file);
        Flyway.configure()
                .dataSource(old)
                .locations("classpath:db/migration")
                .target("5")
                .load()
                .migrate();
        JdbcClient before = JdbcClient.create(old);
        before.sql("PRAGMA user_version = 5").update();
        before.sql("INSERT INTO hit (id, alert_id) VALUES ('f1', 'a1')").update();
        before.sql("INSERT INTO response_run (id, response, kind, finding_id, rule_id, rule_name, actor, state,"
                        + " created_at, due_at, fields) VALUES ('r1', 'x', 'script', 'f1', 'r', 'R', 'system', 'waiting', 1, 1, '{}'),"
                        + " ('r2', 'x', 'script', 'f2', 'r', 'R', 'system', 'done', 1, 1, NULL)")
                .update();
        try (Database database = Database.open(file)) {
            assertThat(database.reader()
                            .sql("SELECT id || ' ' || coalesce(alert_id, '-') || ' ' || state || ' ' || by_hand"
                                    + " FROM response_run ORDER BY id")
                            .query(String.class)
                            .list())
                    .containsExactly("r1 a1 waiting 0", "r2 - done 0");
            assertThatThrownBy(() -> database.writer()
                            .sql("INSERT INTO response_run (id, response, kind, finding_id, rule_id, rule_name, actor,"
                                    + " state, created_at, due_at)"
                                    + " VALUES ('r3', 'x', 'script', 'f1', 'r', 'R', 'system', 'waiting', 1, 1)")
                            .update())
                    .as("by itself once for a finding")
                    .isInstanceOf(RuntimeException.class);
        }
    }

    @Test
    void refusesAFileFromANewerVersion(@TempDir Path folder) {
        Path file = folder.resolve("core.sqlite");
        try (Database database = Database.open(file)) {
            database.writer().sql("PRAGMA user_version = 99").update();
        }
        assertThatThrownBy(() -> Database.open(file)).hasMessageContaining("newer version");
    }

    @Test
    void undoesAFailedTransactionAndLetsReadersSeeOnlyWholeOnes(@TempDir Path folder) {
        try (Database database = Database.open(folder.resolve("core.sqlite"))) {
            assertThatThrownBy(() -> database.transaction(() -> {
                        insert(database);
                        assertThat(accounts(database)).isZero();
                        throw new IllegalStateException("half way");
                    }))
                    .hasMessage("half way");
            assertThat(accounts(database)).isZero();
            database.transaction(() -> insert(database));
            assertThat(accounts(database)).isOne();
        }
    }

    @Test
    void keepsReadersFromWriting(@TempDir Path folder) {
        try (Database database = Database.open(folder.resolve("core.sqlite"))) {
            assertThatThrownBy(
                            () -> database.reader().sql("DELETE FROM account").update())
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private static int insert(Database database) {
        return database.writer()
                .sql(
                        "INSERT INTO account (id, login, name, role, password_hash, created_at) VALUES ('1', 'someone', 'Someone', 'viewer', '00', 1)")
                .update();
    }

    private static int accounts(Database database) {
        return database.reader()
                .sql("SELECT count(*) FROM account")
                .query(Integer.class)
                .single();
    }

    private static int version(Database database) {
        return database.reader().sql("PRAGMA user_version").query(Integer.class).single();
    }
}
