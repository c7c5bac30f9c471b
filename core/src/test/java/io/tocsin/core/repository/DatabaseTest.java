package io.tocsin.core.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

final class DatabaseTest {
    @Test
    void knowsTheNumberOfItsNewestMigration() throws Exception {
        assertThat(new PathMatchingResourcePatternResolver().getResources("classpath:db/migration/V*__*.sql"))
                .hasSize(Database.SCHEMA_VERSION);
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
