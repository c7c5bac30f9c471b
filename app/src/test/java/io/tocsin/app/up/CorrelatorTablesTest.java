package io.tocsin.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.app.table.CorrelatorTables;
import io.tocsin.app.table.RemoteTables;
import io.tocsin.app.table.TableService;
import io.tocsin.core.http.ApiException;
import io.tocsin.core.table.TableEdit;
import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.core.table.TableState;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.run.CorrelatorRunner;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogConsumer;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Lists and tables of a correlator that runs on a real log: who changes one sees the change, and so does the next
/// process.
final class CorrelatorTablesTest {
    private static final String TABLES = """
        kind: active-list
        name: blocked
        spec: { ttl: 0s, maximumRecords: 2000000, description: addresses }
        ---
        kind: context-table
        name: users
        spec: { fields: [ { name: user, key: true }, { name: hits, type: integer } ] }
        ---
        kind: dictionary
        name: ports
        spec: { entries: { "22": ssh, "80": http } }
        """;

    @TempDir
    private Path folder;

    /// A correlator and the log it reads.
    private final class Site implements AutoCloseable {
        private final DurableLog log;
        private final DurableLog output;
        private final LogConsumer consumer;
        private final CorrelatorRunner runner;
        private final Thread thread;
        private final CorrelatorTables tables;

        /// @param checkpoints name of their folder; a new one has forgotten everything
        Site(String checkpoints) throws IOException, InterruptedException {
            SystemClock clock = SystemClock.process();
            LoadedRules loaded = RuleLoader.read("tables", TABLES, SigmaTaxonomy.schema());
            assertThat(loaded.failures()).isEmpty();
            RuleSet rules = loaded.ruleSet();
            log = DurableLog.open(folder.resolve("log"), LogOptions.defaults().withReserveBytes(0), clock);
            output =
                    DurableLog.open(folder.resolve("out"), LogOptions.defaults().withReserveBytes(0), clock);
            consumer = log.consumer("correlator");
            BatchLogInput input = new BatchLogInput(consumer, _ -> true);
            runner = new CorrelatorRunner(
                    rules,
                    Files.createDirectories(folder.resolve(checkpoints)),
                    input,
                    new CorrelationLogOutput(output),
                    clock,
                    Duration.ofHours(1));
            tables = new CorrelatorTables(() -> rules, runner, log, input::reached, folder.resolve("imports"), clock);
            thread = Thread.ofPlatform().start(() -> Correlating.run(runner));
        }

        List<TableEntry> all(String table) {
            return tables.entries(table, "", "", List.of(), 1_000);
        }

        @Override
        public void close() throws IOException {
            runner.stop();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            consumer.close();
            log.close();
            output.close();
        }
    }

    private static TableEdit put(String table, String key, Map<String, List<String>> values) {
        return TableEdit.put(table, List.of(key), values, "anna");
    }

    private static TableImport how(boolean replace, boolean skipBad) {
        return new TableImport(TableImport.Format.CSV, ',', List.of(), replace, skipBad, "anna");
    }

    private static InputStream file(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void showsChangesAtOnceAndAfterARestartWithAndWithoutCheckpoint() throws Exception {
        List<TableEntry> before;
        try (Site site = new Site("one")) {
            assertThat(site.tables.change(put("blocked", "10.0.0.5", Map.of("by", List.of("anna")))))
                    .isTrue();
            assertThat(site.tables.change(put("blocked", "10.0.0.6", Map.of()))).isTrue();
            assertThat(site.tables.change(put("users", "eve", Map.of("hits", List.of("007")))))
                    .isTrue();
            assertThat(site.tables.change(
                            new TableEdit("blocked", TableEdit.Kind.DELETE, List.of("10.0.0.6"), Map.of(), 0, "anna")))
                    .isTrue();
            assertThat(site.tables.entry("users", List.of("eve")))
                    .satisfies(entry -> assertThat(entry.values()).containsEntry("hits", List.of("7")));
            assertThat(site.tables.list())
                    .extracting(TableState::name, TableState::records)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("blocked", 1),
                            org.assertj.core.groups.Tuple.tuple("users", 1),
                            org.assertj.core.groups.Tuple.tuple("ports", 2));
            before = site.all("blocked");
            assertThat(before).extracting(TableEntry::key).containsExactly(List.of("10.0.0.5"));
        }
        try (Site site = new Site("one")) {
            assertThat(site.all("blocked")).isEqualTo(before);
            assertThat(site.tables.change(put("blocked", "10.0.0.7", Map.of()))).isTrue();
        }
        try (Site site = new Site("one")) {
            assertThat(site.all("blocked")).hasSize(2);
        }
    }

    @Test
    void givesTheSameWhenTheLogIsReadFromItsBeginning() throws Exception {
        List<TableEntry> before;
        try (Site site = new Site("two")) {
            site.tables.change(new TableEdit(
                    "users", TableEdit.Kind.SUM, List.of("eve"), Map.of("hits", List.of("5")), 0, "anna"));
            site.tables.importRows("blocked", how(false, false), file("key,by\na,x\nb,y\n"));
            site.tables.importRows("blocked", how(true, false), file("key,by\nb,z\nc,z\n"));
            before = site.all("blocked");
            assertThat(before).extracting(TableEntry::key).containsExactly(List.of("b"), List.of("c"));
            // Nothing is made durable but the log: as if the power went.
            copy(folder.resolve("log"), folder.resolve("saved"));
        }
        remove(folder.resolve("log"));
        copy(folder.resolve("saved"), folder.resolve("log"));
        remove(folder.resolve("out"));
        try (Site site = new Site("three")) {
            assertThat(site.tables.change(put("blocked", "d", Map.of()))).isTrue();
            assertThat(site.all("blocked").subList(0, 2)).isEqualTo(before);
            assertThat(site.tables.entry("users", List.of("eve")))
                    .satisfies(entry -> assertThat(entry.values()).containsEntry("hits", List.of("5")));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.sorted().toList()) {
                Path target = to.resolve(from.relativize(path));
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void losesNoChangeOfSeveralPeopleAtATime() throws Exception {
        try (Site site = new Site("one");
                ExecutorService people = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int person = i;
                all.add(people.submit(() -> {
                    for (int k = 0; k < 5; k++) {
                        site.tables.change(new TableEdit(
                                "users", TableEdit.Kind.SUM, List.of("eve"), Map.of("hits", List.of("1")), 0, "p"));
                        site.tables.change(put("blocked", person + "." + k, Map.of()));
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(site.all("blocked")).hasSize(40);
            assertThat(site.tables.entry("users", List.of("eve")))
                    .satisfies(entry -> assertThat(entry.values()).containsEntry("hits", List.of("40")));
        }
    }

    @Test
    void readsPagesByKeyAndRefusesWhatDoesNotFit() throws Exception {
        try (Site site = new Site("one")) {
            site.tables.importRows(
                    "blocked", how(false, false), file("key,by\n10.0.0.1,Anna\n10.0.0.2,b\n10.1.0.1,c\n"));
            List<TableEntry> page = site.tables.entries("blocked", "10.0.", "", List.of(), 1);
            assertThat(page).extracting(TableEntry::key).containsExactly(List.of("10.0.0.1"));
            assertThat(site.tables.entries(
                            "blocked", "10.0.", "", page.getFirst().key(), 10))
                    .extracting(TableEntry::key)
                    .containsExactly(List.of("10.0.0.2"));
            assertThat(site.tables.entries("blocked", "", "aNN", List.of(), 10)).hasSize(1);
            assertThat(site.tables.entries("ports", "2", "", List.of(), 10))
                    .extracting(TableEntry::values)
                    .containsExactly(Map.of("value", List.of("ssh")));
            for (TableEdit wrong : List.of(
                    put("none", "a", Map.of()),
                    put("ports", "443", Map.of("value", List.of("https"))),
                    put("users", "a", Map.of("hits", List.of("many"))),
                    put("users", "a", Map.of("nothing", List.of("1"))),
                    put("blocked", "", Map.of()))) {
                assertThatThrownBy(() -> site.tables.change(wrong)).isInstanceOf(ApiException.class);
            }
            assertThatThrownBy(() -> site.tables.importRows("blocked", how(true, false), file("key\na\na\nb,c\n")))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            refused -> assertThat(refused.problem().errors())
                                    .extracting(error -> error.field() + ": " + error.message())
                                    .containsExactly(
                                            "line 3: the key stands in the file twice",
                                            "line 4: 2 cells, but 1 columns"));
            assertThat(site.all("blocked")).hasSize(3);
            TableImport.Report report = site.tables.importRows("blocked", how(true, true), file("key\na\na\nb,c\n"));
            assertThat(report.rows()).isOne();
            assertThat(report.refused()).isEqualTo(2);
            assertThat(report.applied()).isTrue();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            site.tables.export("blocked", TableImport.Format.CSV, out);
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("key\r\na\r\n");
            try (Stream<Path> left = Files.list(folder.resolve("imports"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void importsManyRecordsAtOnce() throws Exception {
        int rows = Integer.getInteger("rows", 50_000);
        List<InputStream> parts = new ArrayList<>();
        parts.add(file("key,by\n"));
        for (int i = 0; i < rows; i += 10_000) {
            StringBuilder part = new StringBuilder();
            for (int k = i; k < Math.min(rows, i + 10_000); k++) {
                part.append("10.")
                        .append(k >> 16)
                        .append('.')
                        .append(k >> 8 & 255)
                        .append('.')
                        .append(k & 255);
                part.append(",feed\n");
            }
            parts.add(file(part.toString()));
        }
        try (Site site = new Site("one")) {
            long start = System.nanoTime();
            TableImport.Report report = site.tables.importRows(
                    "blocked", how(false, false), new SequenceInputStream(Collections.enumeration(parts)));
            long taken = System.nanoTime();
            assertThat(report.rows()).isEqualTo(rows);
            TableState state = site.tables.list().getFirst();
            while (state.records() < rows && System.nanoTime() - taken < 60_000_000_000L) {
                state = site.tables.list().getFirst();
            }
            assertThat(state.records()).isEqualTo(rows);
            System.out.println("CorrelatorTablesTest: " + rows + " rows durable after "
                    + (taken - start) / 1_000_000 + " ms, in use after " + (System.nanoTime() - start) / 1_000_000
                    + " ms, " + (state.bytes() >> 20) + " MB");
        }
    }

    @Test
    void servesTheCoreOfAnotherProcessAsItServesItsOwn() throws Exception {
        RemoteTables remote;
        try (Site site = new Site("one");
                ServiceListener listener = ServiceListener.open(
                        ListenAddress.parse("127.0.0.1:0"),
                        Map.of(TableService.PATH, new TableService(site.tables, "secret")),
                        () -> true,
                        () -> "")) {
            remote = new RemoteTables(listener.address().resolve("/"), "secret");
            assertThat(remote.change(put("blocked", "10.0.0.5 & co", Map.of("by", List.of("änna=1")))))
                    .isTrue();
            assertThat(remote.entry("blocked", List.of("10.0.0.5 & co")))
                    .isEqualTo(site.all("blocked").getFirst());
            assertThat(remote.entry("blocked", List.of("nobody"))).isNull();
            assertThat(remote.entries("blocked", "10", "ÄNNA", List.of("0"), 5)).isEqualTo(site.all("blocked"));
            assertThat(remote.list()).isEqualTo(site.tables.list());
            TableImport.Report report =
                    remote.importRows("users", how(false, true), file("user,hits\neve,7\nbob,many\n"));
            assertThat(report.rows()).isEqualTo(1);
            assertThat(report.errors())
                    .singleElement()
                    .satisfies(row -> assertThat(row.line()).isEqualTo(3));
            ByteArrayOutputStream exported = new ByteArrayOutputStream();
            remote.export("users", TableImport.Format.CSV, exported);
            assertThat(exported.toString(StandardCharsets.UTF_8)).contains("eve,7");

            assertThatThrownBy(() -> remote.change(put("ports", "22", Map.of())))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            refused -> assertThat(refused.problem().status()).isEqualTo(409));
            assertThatThrownBy(() -> remote.entries("nothing", "", "", List.of(), 5))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            refused -> assertThat(refused.problem().status()).isEqualTo(404));
            try (RemoteTables stranger = new RemoteTables(listener.address().resolve("/"), "guessed")) {
                assertThatThrownBy(stranger::list).hasMessageContaining("refuses the secret");
            }
        }
        try (remote) {
            assertThatThrownBy(remote::list)
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            away -> assertThat(away.problem().status()).isEqualTo(503))
                    .hasMessageContaining(remote.name())
                    .hasMessageContaining("does not answer");
        }
    }
}
