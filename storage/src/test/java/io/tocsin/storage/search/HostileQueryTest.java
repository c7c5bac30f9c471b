package io.tocsin.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.tocsin.storage.TestEngine;
import io.tocsin.storage.embedded.Engine;
import io.tocsin.storage.embedded.EngineException;
import io.tocsin.storage.embedded.Session;
import io.tocsin.storage.store.Tables;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an attacker with a search box tries.
@Tag("native")
final class HostileQueryTest {
    @TempDir
    private Path folder;

    private static final List<String> ATTACKS = List.of(
            // files
            "SELECT * FROM file('%FILE%', 'LineAsString')",
            "SELECT file('%FILE%')",
            "SELECT FILE('%FILE%')",
            "SELECT * FROM `%FILE%`",
            "SELECT * FROM default.`%FILE%`",
            "SELECT * FROM \"%FILE%\"",
            "SELECT * FROM '%FILE%'",
            "SELECT 1 INTO OUTFILE '%OUT%'",
            "SELECT 1 INTO OUTFILE '%OUT%' TRUNCATE FORMAT CSV",
            "SELECT * FROM events INTO DUMPFILE '%OUT%'",
            "SELECT * FROM fileCluster('default', '%FILE%', 'LineAsString')",
            "SELECT * FROM sqlite('%FILE%', 't')",
            "SELECT * FROM filesystem('/etc')",
            "SELECT (SELECT * FROM file('%FILE%', 'LineAsString'))",
            "WITH (SELECT * FROM file('%FILE%', 'LineAsString')) AS x SELECT x",
            "WITH x AS (SELECT * FROM file('%FILE%', 'LineAsString')) SELECT * FROM x",
            "SELECT * FROM events WHERE Raw IN (SELECT * FROM file('%FILE%', 'LineAsString'))",
            "SELECT * FROM events UNION ALL SELECT * FROM file('%FILE%', 'LineAsString')",
            "SELECT * FROM view(SELECT * FROM file('%FILE%', 'LineAsString'))",
            "SELECT * FROM format(LineAsString, 'x')",
            "SELECT arrayMap(x -> file(x), ['%FILE%'])",
            "SELECT * APPLY(file) FROM (SELECT '%FILE%' AS a)",
            "SELECT filesystemAvailable()",
            // network
            "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
            "SELECT * FROM remote('127.0.0.1', 'system', 'one')",
            "SELECT * FROM remoteSecure('127.0.0.1', 'system', 'one')",
            "SELECT * FROM cluster('default', 'system', 'one')",
            "SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV')",
            "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
            "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
            "SELECT * FROM jdbc('x', 'y')",
            "SELECT reverseDNSQuery('127.0.0.1')",
            "SELECT aiGenerate('x')",
            // processes
            "SELECT * FROM executable('id', 'LineAsString', 'a String')",
            "SELECT * FROM executable('script.sh', TabSeparated, 'a String', (SELECT 1))",
            // other tables
            "SELECT * FROM system.tables",
            "SELECT * FROM system.users",
            "SELECT * FROM system . processes",
            "SELECT * FROM `system`.`settings`",
            "SELECT * FROM system/**/./**/one",
            "SELECT * FROM information_schema.tables",
            "SELECT * FROM INFORMATION_SCHEMA.COLUMNS",
            "SELECT * FROM deliveries",
            "SELECT * FROM tocsin.deliveries",
            "SELECT 1 IN deliveries",
            "SELECT 'default' IN system.databases",
            "SELECT ('a') GLOBAL NOT IN system.databases",
            "SELECT * FROM events WHERE Raw IN (system.databases)",
            "SELECT * FROM merge('tocsin', '.*')",
            "SELECT * FROM merge('system', 'one')",
            "SELECT * FROM loop('system', 'one')",
            "SELECT * FROM mergeTreeIndex('tocsin', 'events')",
            "SELECT * FROM mergeTreeProjection('tocsin', 'events', 'x')",
            "SELECT * FROM dictionary('x')",
            "SELECT dictGet('x', 'y', 1)",
            "SELECT joinGet('tocsin.deliveries', 'End', 1)",
            "SELECT hasColumnInTable('tocsin', 'deliveries', 'End')",
            "SELECT * FROM events AS e JOIN system.one AS s ON 1 = 1",
            "SELECT * FROM viewIfPermitted(SELECT 1 AS a ELSE null('a Int64'))",
            // statements
            "DROP TABLE events",
            "TRUNCATE TABLE events",
            "SELECT 1; DROP TABLE events",
            "SELECT 1;;SELECT 2",
            "SELECT 1 /* */; /* */ DROP TABLE events --",
            "SELECT 'a' -- '\n; DROP TABLE events",
            "INSERT INTO events (Raw) VALUES ('x')",
            "INSERT INTO FUNCTION file('%OUT%', 'CSV') SELECT 1",
            "ALTER TABLE events DELETE WHERE 1",
            "DELETE FROM events WHERE 1",
            "OPTIMIZE TABLE events FINAL",
            "CREATE TABLE x (n Int64) ENGINE = Memory",
            "CREATE TEMPORARY TABLE x (n Int64)",
            "CREATE FUNCTION f AS x -> x",
            "CREATE USER u",
            "GRANT administrator TO default",
            "SET ROLE administrator",
            "SET readonly = 0",
            "USE system",
            "SYSTEM SHUTDOWN",
            "KILL QUERY WHERE 1",
            "BACKUP TABLE events TO File('%OUT%')",
            "ATTACH TABLE x",
            "EXCHANGE TABLES events AND ledger",
            "RENAME TABLE events TO x",
            "EXPLAIN SELECT 1",
            "EXPLAIN AST SELECT 1; DROP TABLE events",
            "SHOW TABLES",
            "DESCRIBE events",
            "EXECUTE AS default SELECT 1",
            "BEGIN TRANSACTION",
            "FROM events",
            "SELECT 1 PARALLEL WITH SELECT 2",
            // settings and forms
            "SELECT 1 SETTINGS max_execution_time = 0",
            "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
            "SELECT 1 SETTINGS additional_table_filters = {}",
            "SELECT 1 FORMAT Native",
            "SELECT 1 FORMAT CSV SETTINGS max_memory_usage = 0",
            "SELECT getSetting('max_memory_usage')",
            "SELECT getServerSetting('max_server_memory_usage')",
            "SELECT getMacro('x')",
            "SELECT hostName()",
            "SELECT currentUser()",
            "SELECT serverUUID()",
            // the process
            "SELECT sleep(3)",
            "SELECT sleepEachRow(1) FROM numbers(10)",
            "SELECT addressToLine(toUInt64(1))",
            "SELECT addressToSymbol(toUInt64(1))",
            "SELECT logTrace('x')",
            "SELECT catboostEvaluate('%FILE%', 1)",
            "SELECT generateSerialID('x')",
            "SELECT structureToCapnProtoSchema('a Int64')",
            "SELECT * FROM input('a Int64')",
            "SELECT * FROM generateRandom('a Int64')",
            "SELECT * FROM fuzzJSON('{}')",
            "SELECT * FROM timeSeriesData('x')",
            // the guard itself
            "",
            " \n ",
            ";",
            "SELECT `a\\nFunction sum` FROM events",
            "SELECT 1 AS `x\\n Set`",
            "SELECT 1 AS `x``y; DROP TABLE events`; SELECT 2",
            "SELECT {t:Identifier}",
            "SELECT * FROM {t:Identifier}",
            "SELECT 1 \u0000 FROM events");

    private interface Body {
        void run(Engine engine, Searcher searcher) throws Exception;
    }

    private void with(Body body) throws Exception {
        TestEngine.with(folder.resolve("data"), engine -> {
            try (Session session = engine.administrator()) {
                Tables.prepare(session);
                session.execute("INSERT INTO events (Raw, Timestamp, EntrySequence) SELECT concat('line ',"
                        + " toString(number)), toDateTime64(1780000000 + number, 3, 'UTC'), number FROM numbers(1000)");
                session.execute(
                        "INSERT INTO ledger (Minute, Counter, Value) VALUES (toDateTime64(1780000000, 3, 'UTC'),"
                                + " 'received', 1000)");
            }
            body.run(engine, Searcher.open(engine, 2, 1000, 256L << 20));
        });
    }

    private static String answer(Searcher searcher, Search search) throws InterruptedException {
        try (Answer answer = searcher.search(search)) {
            StringBuilder text = new StringBuilder();
            for (byte[] rows = answer.nextRows(); rows != null; rows = answer.nextRows()) {
                text.append(new String(rows, StandardCharsets.UTF_8));
            }
            return text.toString();
        }
    }

    @Test
    void refusesEveryAttack() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret.txt"), "the-secret\n");
        Path out = folder.resolve("out.txt");
        assertThat(ATTACKS).hasSizeGreaterThan(100);
        with((engine, searcher) -> {
            List<String> successes = new ArrayList<>();
            for (String attack : ATTACKS) {
                String sql = attack.replace("%FILE%", secret.toString()).replace("%OUT%", out.toString());
                try {
                    successes.add(sql + " -> " + answer(searcher, withParameter(sql)));
                } catch (SearchException e) {
                    assertThat(e.getMessage()).as(sql).isNotBlank().doesNotContain("the-secret");
                }
            }
            assertThat(successes).isEmpty();
            assertThat(out).doesNotExist();
            assertThat(answer(searcher, Search.of("SELECT count() FROM events")))
                    .isEqualTo("[1000]\n");
        });
    }

    private static Search withParameter(String sql) {
        return new Search(sql, Map.of("t", "system.tables"), null, null, AnswerFormat.JSON, 100, 10, 1 << 20);
    }

    @Test
    void answersOrdinaryQueries() throws Exception {
        with((engine, searcher) -> {
            for (String sql : List.of(
                    "SELECT * FROM events LIMIT 1",
                    "SELECT * FROM tocsin.events LIMIT 1",
                    "select count() from events where Raw like '%7%' and Timestamp > now64() - interval 30 year",
                    "SELECT toStartOfHour(Timestamp) AS hour, count() AS n FROM events GROUP BY hour ORDER BY hour DESC",
                    "SELECT DeviceProduct, countIf(Priority > 2), uniqExactIf(SourceAddress, SourceAddress != '') FROM events"
                            + " GROUP BY ALL WITH TOTALS",
                    "WITH top AS (SELECT SourceAddress, count() AS n FROM events GROUP BY SourceAddress) SELECT * FROM top"
                            + " JOIN events USING SourceAddress LIMIT 1",
                    "SELECT Raw FROM events WHERE SourceAddress IN (SELECT SourceAddress FROM events WHERE Type = 3) LIMIT 1",
                    "SELECT * FROM (SELECT 1 AS a UNION ALL SELECT 2) ORDER BY a LIMIT 1 BY a",
                    "SELECT 1 INTERSECT SELECT 1",
                    "SELECT sum(EntrySequence) OVER (PARTITION BY DeviceVendor ORDER BY Timestamp ROWS BETWEEN 1 PRECEDING"
                            + " AND CURRENT ROW) FROM events LIMIT 1",
                    "SELECT row_number() OVER w FROM events WINDOW w AS (ORDER BY Timestamp) LIMIT 1",
                    "SELECT arrayMap(x -> x * 2, [1, 2]), map('a', 1)['a'], (1, 'b').2, CAST('1' AS Int64), '1'::UInt8",
                    "SELECT CASE WHEN Type = 1 THEN 'base' ELSE 'other' END, if(1, 2, 3), 1 BETWEEN 0 AND 2 FROM events LIMIT 1",
                    "SELECT quantiles(0.5, 0.9)(EntrySequence), topK(3)(DeviceVendor), argMax(Raw, Timestamp) FROM events",
                    "SELECT Extra['key'], S['x'], SA['y'] FROM events LIMIT 1",
                    "SELECT * EXCEPT (Raw) FROM events LIMIT 1",
                    "SELECT COLUMNS('^Device') FROM events LIMIT 1",
                    "SELECT isIPAddressInRange(SourceAddress, '10.0.0.0/8') FROM events WHERE SourceAddress != '' LIMIT 1",
                    "SELECT IPv4StringToNum('10.0.0.1'), extractURLParameter('http://a/?b=c', 'b'), base64Decode('YQ==')",
                    "SELECT match(Raw, 'li.e'), extract(Raw, '\\\\d+'), positionCaseInsensitive(Raw, 'LINE') FROM events LIMIT 1",
                    "SELECT sumMap(map('a', 1)), groupUniqArray(10)(DeviceVendor), countDistinct(Raw), COUNT(*), Max(Type) FROM events",
                    "SELECT Counter, sum(Value) FROM ledger GROUP BY Counter",
                    "SELECT number FROM numbers(3)",
                    "SELECT arrayJoin(BaseEventIDs) FROM events LIMIT 1",
                    "SELECT * FROM events ARRAY JOIN BaseEventIDs AS id LIMIT 1",
                    "SELECT EXISTS(SELECT 1 FROM events), NOT 1, -1, 1 IS NULL, 'a' || 'b', today(), now()",
                    "SELECT ';', '--', '/* */', 'FORMAT', \"Raw\" FROM events LIMIT 1 -- the end",
                    "SELECT 1 /* ; */ ;",
                    "SELECT toStartOfInterval(Timestamp, INTERVAL 5 minute) AS t, count() FROM events GROUP BY t ORDER BY t"
                            + " WITH FILL STEP INTERVAL 5 minute LIMIT 5")) {
                try {
                    answer(searcher, Search.of(sql));
                } catch (SearchException e) {
                    fail(sql + " was refused: " + e.getMessage(), e);
                }
            }
        });
    }

    @Test
    void readsNoRowOutsideOfTheTimeRange() throws Exception {
        with((engine, searcher) -> {
            long from = 1_780_000_100_000L;
            for (String sql : List.of(
                    "SELECT count(), min(EntrySequence), max(EntrySequence) FROM events",
                    "SELECT count(), min(EntrySequence), max(EntrySequence) FROM tocsin.events AS e",
                    "SELECT count(), min(n), max(n) FROM (SELECT EntrySequence AS n FROM events)",
                    "WITH e AS (SELECT * FROM events) SELECT count(), min(EntrySequence), max(EntrySequence) FROM e",
                    "SELECT count(), min(EntrySequence), max(EntrySequence) FROM events WHERE 1 OR Timestamp < 0")) {
                Search search = new Search(sql, Map.of(), from, from + 50_000, AnswerFormat.JSON, 10, 10, 1 << 20);
                assertThat(answer(searcher, search)).as(sql).isEqualTo("[50, 100, 149]\n");
            }
        });
    }

    @Test
    void survivesNestingAndLength() throws Exception {
        with((engine, searcher) -> {
            List<String> monsters = new ArrayList<>();
            monsters.add("SELECT " + "(".repeat(20_000) + "1" + ")".repeat(20_000));
            monsters.add("SELECT " + "[".repeat(5_000) + "1" + "]".repeat(5_000));
            monsters.add("SELECT " + "NOT ".repeat(20_000) + "1");
            monsters.add("SELECT 1" + " + 1".repeat(30_000));
            monsters.add("SELECT " + "f(".repeat(10_000));
            monsters.add("SELECT * FROM " + "(SELECT * FROM ".repeat(500) + "events" + ")".repeat(500));
            monsters.add("SELECT '" + "x".repeat(300_000) + "'");
            monsters.add("SELECT 1" + " UNION ALL SELECT 1".repeat(10_000));
            monsters.add("WITH " + "a AS (SELECT 1), ".repeat(3000) + "b AS (SELECT 1) SELECT 1");
            for (String monster : monsters) {
                assertThatThrownBy(() -> answer(searcher, Search.of(monster)))
                        .as(monster.substring(0, 10))
                        .isInstanceOf(SearchException.class);
            }
            assertThat(answer(searcher, Search.of("SELECT 1"))).isEqualTo("[1]\n");
        });
    }

    /// Pieces of attacks glued together at random: whatever comes out is a refusal or an answer, nothing is changed
    /// and no other table is read.
    @Test
    @Tag("fuzz")
    void holdsAgainstRandomCombinations() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.getLogger("test").log(System.Logger.Level.INFO, "repeat with -Dseed={0}", Long.toString(seed));
        Random random = new Random(seed);
        Path secret = Files.writeString(folder.resolve("secret.txt"), "the-secret\n");
        String[] pieces = {
            "SELECT ",
            "1 ",
            "* ",
            "FROM ",
            "events ",
            "system.one ",
            "; ",
            "DROP TABLE events ",
            "'",
            "\"",
            "`",
            "--",
            "/*",
            "*/ ",
            "\\",
            "\n",
            "(",
            ") ",
            "file('" + secret + "') ",
            "INTO OUTFILE '/dev/null' ",
            "SETTINGS readonly=0 ",
            "UNION ALL ",
            "WHERE ",
            "AS ",
            ", ",
            "IN ",
            "$$",
            "$x$",
            "FORMAT CSV ",
            "deliveries ",
            "{t:String} ",
            "é",
            "\u0001",
            "count() ",
            "LIMIT 1 ",
            "WITH x AS ",
            "[",
            "] ",
            "::",
            "->",
            "@@",
            "?",
            "0x",
            "1e",
            "\uD800",
            "{",
            "}"
        };
        with((engine, searcher) -> {
            for (int i = 0; i < 300; i++) {
                StringBuilder sql = new StringBuilder(random.nextBoolean() ? "SELECT " : "");
                for (int p = random.nextInt(1, 14); p > 0; p--) {
                    sql.append(pieces[random.nextInt(pieces.length)]);
                }
                try {
                    assertThat(answer(searcher, withParameter(sql.toString())))
                            .as("seed %d: %s", seed, sql)
                            .doesNotContain("the-secret");
                } catch (SearchException e) {
                    assertThat(e.getMessage()).as("seed %d: %s", seed, sql).isNotBlank();
                }
            }
            assertThat(answer(searcher, Search.of("SELECT count() FROM events")))
                    .isEqualTo("[1000]\n");
        });
    }

    /// The rights of the session alone, without the guard, already keep other tables, files and the network
    /// closed.
    @Test
    void holdsWithoutTheGuardToo() throws Exception {
        with((engine, searcher) -> {
            try (Session reader = engine.reader()) {
                for (String sql : List.of(
                        "SELECT * FROM deliveries",
                        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
                        "SELECT * FROM default.`/etc/passwd`",
                        "INSERT INTO FUNCTION file('" + folder.resolve("out") + "', 'CSV') SELECT 1",
                        "SELECT * FROM executable('id', 'LineAsString', 'a String')",
                        "SYSTEM FLUSH LOGS",
                        "CREATE FUNCTION f AS x -> x",
                        "GRANT administrator TO default",
                        "ALTER TABLE events DELETE WHERE 1")) {
                    assertThatThrownBy(() -> reader.text(sql)).as(sql).isInstanceOf(EngineException.class);
                }
            }
        });
    }
}
