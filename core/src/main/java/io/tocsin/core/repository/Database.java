package io.tocsin.core.repository;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// Opens the SQLite file of the core and hands out clients for it. SQLite takes one writer at a time, so there is
/// exactly one writing connection: writers queue in Java, where waiting is fair and bounded, and never see
/// "database is locked". Readers have their own connections and, in WAL mode, never wait for the writer.
///
/// A commit is synced to disk (`synchronous = FULL`): an alert that was acknowledged survives a power cut.
///
/// Thread-safety: any thread.
public final class Database implements AutoCloseable {
    /// Number of the newest file in `db/migration`.
    static final int SCHEMA_VERSION = 6;

    private static final int READERS = 4;
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;
    private static final int CONNECTION_TIMEOUT_MILLIS = 30_000;
    private static final int CACHE_KIB = 4_096;

    private final HikariDataSource writing;
    private final HikariDataSource reading;
    private final JdbcClient writer;
    private final JdbcClient reader;
    private final TransactionTemplate transaction;

    private Database(HikariDataSource writing, HikariDataSource reading) {
        this.writing = writing;
        this.reading = reading;
        this.writer = JdbcClient.create(writing);
        this.reader = JdbcClient.create(reading);
        this.transaction = new TransactionTemplate(new JdbcTransactionManager(writing));
    }

    /// Opens `file`, creating it with its folder when absent, and brings its schema up to date.
    public static Database open(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create the folder of the database [file=" + file + "]", e);
        }
        migrate(connections(file));
        return new Database(pool("writer", connections(file), 1), pool("reader", connections(file), READERS));
    }

    /// Runs the migrations that the file lacks. SQLite keeps the number of the newest one that is in, so that
    /// starts without any, which are nearly all, do without Flyway.
    private static void migrate(SQLiteDataSource file) {
        JdbcClient client = JdbcClient.create(file);
        int version = client.sql("PRAGMA user_version").query(Integer.class).single();
        if (version == SCHEMA_VERSION) {
            return;
        }
        if (version > SCHEMA_VERSION) {
            throw new IllegalStateException("the database is from a newer version, start that one or restore a backup"
                    + " [found=" + version + ", known=" + SCHEMA_VERSION + "]");
        }
        Flyway.configure()
                .dataSource(file)
                .locations("classpath:db/migration")
                .load()
                .migrate();
        client.sql("PRAGMA user_version = " + SCHEMA_VERSION).update();
    }

    private static SQLiteDataSource connections(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.enforceForeignKeys(true);
        config.setCacheSize(-CACHE_KIB);
        config.setPragma(SQLiteConfig.Pragma.TEMP_STORE, "MEMORY");
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
        return source;
    }

    private static HikariDataSource pool(String name, SQLiteDataSource connections, int size) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("core-" + name);
        config.setDataSource(connections);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(1);
        config.setMaxLifetime(0);
        config.setKeepaliveTime(0);
        if (size > 1) {
            config.setConnectionInitSql("PRAGMA query_only = 1");
            config.setIdleTimeout(TimeUnit.MINUTES.toMillis(1));
        }
        config.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
        return new HikariDataSource(config);
    }

    /// Returns the client for queries that change nothing.
    public JdbcClient reader() {
        return reader;
    }

    /// Returns the client for changes; inside [#transaction] it takes part in the transaction.
    public JdbcClient writer() {
        return writer;
    }

    /// Runs `work` in one write transaction: all of its changes through [#writer] or none.
    public <T> T transaction(Supplier<T> work) {
        return transaction.execute(_ -> work.get());
    }

    @Override
    public void close() {
        reading.close();
        writing.close();
    }
}
