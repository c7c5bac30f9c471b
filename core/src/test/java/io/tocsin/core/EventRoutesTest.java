package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.core.ledger.LedgerEntry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class EventRoutesTest {
    private static final String SEARCH = "/api/v1/events/search";
    private static final String GOOD =
            "{\"sql\":\"SELECT Name FROM events\",\"from\":1790000000000,\"to\":\"2026-09-21T20:00:00Z\",\"limit\":7}";

    @TempDir
    private static Path folder;

    private static TestCore core;

    @BeforeAll
    static void start() {
        core = new TestCore(folder);
    }

    @AfterAll
    static void stop() {
        core.close();
    }

    @BeforeEach
    void forget() {
        core.storage.queries().clear();
        core.storage.ledgerQueries().clear();
        core.inFlight.clear();
    }

    @Test
    void passesTheAnswerOfStorageThroughUnchanged() {
        String answer = "{\"columns\":[{\"name\":\"Name\",\"type\":\"String\"}],\"rows\":[[\"ä\\u0000\"],[null]],"
                + "\"statistics\":{\"elapsedMillis\":3,\"rowsRead\":2,\"bytesRead\":10,\"rows\":2,\"truncated\":false}}";
        core.storage.onQuery(_ -> FakeStorage.Answer.ok(answer));
        Client.Answer found = core.admin().post(SEARCH, GOOD);
        assertThat(found.status()).isEqualTo(200);
        assertThat(found.header("Content-Type").orElseThrow()).startsWith("application/json");
        assertThat(found.header("Cache-Control").orElseThrow()).contains("no-store");
        assertThat(found.body()).isEqualTo(answer);
        JsonNode asked = Client.MAPPER.readTree(core.storage.queries().getFirst());
        assertThat(asked.path("sql").asString()).isEqualTo("SELECT Name FROM events");
        assertThat(asked.path("from").asLong()).isEqualTo(1_790_000_000_000L);
        assertThat(asked.path("to").asLong()).isEqualTo(1_790_020_800_000L);
        assertThat(asked.path("format").asString()).isEqualTo("json");
        assertThat(asked.path("maxRows").asInt()).isEqualTo(7);
    }

    @Test
    void streamsAnswersLargerThanItWouldHold() {
        String row = "[\"" + "x".repeat(1_000) + "\"]";
        String answer = "{\"columns\":[],\"rows\":[" + row + ("," + row).repeat(20_000) + "],\"statistics\":{}}";
        core.storage.onQuery(_ -> FakeStorage.Answer.ok(answer));
        Client.Answer found = core.admin().post(SEARCH, GOOD);
        assertThat(found.body()).hasSize(answer.length());
        assertThat(found.header("Content-Security-Policy").orElseThrow()).contains("default-src 'self'");
        assertThat(found.header("Cache-Control")).contains("no-store");
    }

    @Test
    void tellsWhatIsWrongWithARequest() {
        Client admin = core.admin();
        checkField(admin.post(SEARCH, "{\"sql\":\" \",\"from\":1,\"to\":2}"), "sql");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":2,\"to\":2}"), "from");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":\"yesterday\",\"to\":2}"), "from");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":1.5,\"to\":2}"), "from");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":-1,\"to\":2}"), "from");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":1,\"to\":99999999999999999999}"), "to");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":1,\"to\":2,\"limit\":0}"), "limit");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":1,\"to\":2,\"limit\":1000000}"), "limit");
        checkField(admin.post(SEARCH, "{\"sql\":\"x\",\"from\":1,\"to\":2,\"more\":0}"), "more");
        checkField(admin.post(SEARCH, "{\"sql\":[],\"from\":1,\"to\":2}"), "sql");
        assertThat(core.storage.queries()).isEmpty();
    }

    private static void checkField(Client.Answer answer, String field) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("TOCSIN-1006");
        assertThat(answer.json().at("/errors/0/field").asString())
                .as(answer.body())
                .isEqualTo(field);
    }

    @Test
    void passesOnWhereTheSqlIsWrong() {
        core.storage.onQuery(_ -> new FakeStorage.Answer(
                400, "{\"code\":\"sql_syntax\",\"detail\":\"unknown word\",\"line\":2,\"column\":8}", false));
        Client.Answer answer = core.admin().post(SEARCH, GOOD);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("sql_syntax");
        assertThat(answer.json().path("detail").asString()).isEqualTo("unknown word");
        assertThat(answer.json().path("line").asInt()).isEqualTo(2);
        assertThat(answer.json().path("column").asInt()).isEqualTo(8);
    }

    @Test
    void saysThatStorageIsAwayAndFindsItAgainOnItsNewPort() {
        core.storage.onQuery(_ -> FakeStorage.Answer.ok("{}"));
        core.storage.stop();
        Client.Answer away = core.admin().post(SEARCH, GOOD);
        assertThat(away.status()).isEqualTo(503);
        assertThat(away.code()).isEqualTo("TOCSIN-4005");
        assertThat(away.header("Retry-After")).contains("1");
        assertThat(core.stranger().get("/readyz").json().at("/checks/storage").asString())
                .isEqualTo("down");
        core.storage.restart();
        assertThat(core.admin().post(SEARCH, GOOD).status()).isEqualTo(200);
        core.storage.onQuery(_ -> new FakeStorage.Answer(503, "{\"code\":\"starting\",\"detail\":\"wait\"}", false));
        assertThat(core.admin().post(SEARCH, GOOD).status()).isEqualTo(503);
        core.storage.onQuery(_ -> new FakeStorage.Answer(500, "<html>", false));
        assertThat(core.admin().post(SEARCH, GOOD).code()).isEqualTo("TOCSIN-4004");
    }

    @Test
    void breaksTheConnectionWhenStorageBreaksOffInsteadOfPretendingAWholeAnswer() {
        core.storage.onQuery(_ -> new FakeStorage.Answer(200, "{\"rows\":[" + "1,".repeat(200_000), true));
        assertThatThrownBy(() -> core.admin().post(SEARCH, GOOD)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void listsTheFieldsOfTheSchema() {
        JsonNode items = core.admin().get("/api/v1/events/fields").json().path("items");
        assertThat(items.size()).isGreaterThan(100);
        assertThat(items)
                .filteredOn(item -> item.path("name").asString().equals("SourceAddress"))
                .singleElement()
                .satisfies(item -> {
                    assertThat(item.path("type").asString()).isEqualTo("STRING");
                    assertThat(item.path("group").asString()).isEqualTo("purpose");
                    assertThat(item.path("cef").asString()).isEqualTo("src");
                    assertThat(item.path("ecs").asString()).isEqualTo("source.ip");
                    assertThat(item.path("meaning").asString()).isNotEmpty();
                });
    }

    @Test
    void showsTheFilledFieldsOfOneEvent() {
        String id = "01997d7a-7000-7000-8000-0000000000aa";
        core.storage.onQuery(_ -> FakeStorage.Answer.ok(
                "{\"columns\":[{\"name\":\"ID\",\"type\":\"String\"},{\"name\":\"Name\",\"type\":\"String\"},"
                        + "{\"name\":\"DestinationPort\",\"type\":\"Nullable(Int64)\"},{\"name\":\"Message\",\"type\":\"String\"},{\"name\":\"SourcePort\",\"type\":\"Int64\"},{\"name\":\"StartTime\",\"type\":\"DateTime64(3)\"},"
                        + "{\"name\":\"Extra\",\"type\":\"Map\"}],\"rows\":[[\"" + id
                        + "\",\"login\",22,\"\",0,\"1970-01-01T00:00:00.000Z\",{}]],\"statistics\":{}}"));
        Client.Answer event = core.admin().get("/api/v1/events/" + id);
        assertThat(event.body()).isEqualTo("{\"ID\":\"" + id + "\",\"Name\":\"login\",\"DestinationPort\":22}");
        JsonNode asked = Client.MAPPER.readTree(core.storage.queries().getFirst());
        assertThat(asked.at("/parameters/id").asString()).isEqualTo(id);
        assertThat(asked.path("to").asLong() - asked.path("from").asLong()).isEqualTo(TimeUnit.HOURS.toMillis(2));
        core.storage.onQuery(_ -> FakeStorage.Answer.ok("{\"columns\":[],\"rows\":[],\"statistics\":{}}"));
        assertThat(core.admin().get("/api/v1/events/" + id).status()).isEqualTo(404);
        assertThat(core.admin().get("/api/v1/events/'or'1").status()).isEqualTo(400);
    }

    @Test
    @Timeout(30)
    void streamsTheTailAndTellsWhatASlowReaderMissed() throws IOException {
        try (BufferedReader reader = tail("/api/v1/events/tail?filter=Name%20%3D%20%22x%22")) {
            assertThat(reader.readLine()).isEqualTo(": tocsin");
            await().until(() -> core.tailReceivers.size() == 1);
            core.tailReceivers.getFirst().accept("{\"Name\":\"first\"}");
            assertThat(nextData(reader)).isEqualTo("data: {\"Name\":\"first\"}");
            String event = "{\"Raw\":\"" + "x".repeat(10_000) + "\"}";
            for (int i = 0; i < 20_000; i++) {
                core.tailReceivers.getFirst().accept(event);
            }
            String line = reader.readLine();
            while (line != null && !line.equals("event: dropped")) {
                line = reader.readLine();
            }
            assertThat(reader.readLine()).matches("data: \\{\"count\":[1-9][0-9]*}");
        }
        assertThat(core.stranger().get("/metrics").body())
                .containsPattern("tocsin_core_tail_dropped_events_total [1-9]");
        await().atMost(20, TimeUnit.SECONDS).until(() -> {
            core.tailReceivers.forEach(receiver -> receiver.accept("{}"));
            return core.tailReceivers.isEmpty();
        });
    }

    @Test
    void tellsWhereAConditionIsWrong() {
        Client.Answer answer = core.admin().get("/api/v1/events/tail?filter=(((");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("TOCSIN-1002");
        assertThat(answer.json().path("column").asInt()).isEqualTo(4);
    }

    @Test
    @Timeout(30)
    void endsTailsWhenItStops() throws IOException {
        try (BufferedReader reader = tail("/api/v1/events/tail")) {
            assertThat(reader.readLine()).isEqualTo(": tocsin");
            core.restart();
            await().until(() -> hasEnded(reader));
        }
    }

    private static BufferedReader tail(String path) {
        return new BufferedReader(new InputStreamReader(core.admin().stream(path), StandardCharsets.UTF_8));
    }

    /// A stream that the server ends and one that it breaks off are both over.
    private static boolean hasEnded(BufferedReader reader) {
        try {
            return reader.readLine() == null;
        } catch (IOException _) {
            return true;
        }
    }

    private static String nextData(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        while (line != null && !line.startsWith("data:")) {
            line = reader.readLine();
        }
        return String.valueOf(line);
    }

    @Test
    void listsServicesAndTheirSeries() {
        JsonNode service = core.admin().get("/api/v1/services").json().at("/items/0");
        assertThat(service.path("kind").asString()).isEqualTo("collector");
        assertThat(service.path("status").asString()).isEqualTo("up");
        assertThat(service.path("bufferBytes").asLong()).isEqualTo(4_096);
        assertThat(service.path("detail").isNull()).isTrue();
        await().untilAsserted(() -> {
            JsonNode point = core.admin()
                    .get("/api/v1/services/collector-1/series?minutes=60")
                    .json()
                    .at("/points/0");
            assertThat(point.path("time").asLong()).isEqualTo(core.clock.millis());
            assertThat(point.path("eventsPerSecond").asDouble()).isEqualTo(12.5);
            assertThat(point.path("bufferBytes").asLong()).isEqualTo(4_096);
        });
        assertThat(core.admin().get("/api/v1/services/none/series").status()).isEqualTo(404);
        assertThat(core.admin()
                        .get("/api/v1/services/collector-1/series?minutes=0")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void balancesWhatStorageHasAgainstWhatIsOnItsWay() {
        core.storage.ledger("{\"entries\":[{\"minute\":1790000040000,\"collector\":\"c\",\"source\":\"10.0.0.1\","
                + "\"received\":100,\"stored\":90,\"filtered\":5,\"aggregated\":1,\"rejected\":{\"too-large\":4}}]}");
        core.inFlight.add(new LedgerEntry(1_790_000_040_000L, "c", "10.0.0.1", 20, 2, 0, Map.of("too-large", 1L), 17));
        core.inFlight.add(new LedgerEntry(1_790_000_100_000L, "c", "10.0.0.2", 7, 0, 0, Map.of(), 6));
        JsonNode ledger = core.admin()
                .get("/api/v1/ledger?from=1790000041000&to=1790003570000")
                .json();
        assertThat(core.storage.ledgerQueries()).containsExactly("from=1790000040000&to=1790003580000");
        assertThat(ledger.path("balance").asLong()).isEqualTo(1);
        assertThat(ledger.at("/totals/received").asLong()).isEqualTo(127);
        assertThat(ledger.at("/totals/rejected/too-large").asLong()).isEqualTo(5);
        assertThat(ledger.at("/totals/inFlight").asLong()).isEqualTo(23);
        assertThat(ledger.at("/entries/0/source").asString()).isEqualTo("10.0.0.2");
        assertThat(ledger.at("/entries/0/balance").asLong()).isEqualTo(1);
        assertThat(ledger.at("/entries/1/received").asLong()).isEqualTo(120);
        assertThat(ledger.at("/entries/1/balance").asLong()).isZero();
        assertThat(core.admin().get("/api/v1/ledger?from=120000&to=60000").status())
                .isEqualTo(400);
        assertThat(core.admin().get("/api/v1/ledger?from=x").status()).isEqualTo(400);
    }

    @Test
    void tellsWhereAStoredEventIs() {
        core.storage.onQuery(_ -> FakeStorage.Answer.ok("{\"columns\":[],\"rows\":[[1790000000000,\"front\",\"tcp\","
                + "\"10.0.0.1 4711\",1790000001500]],\"statistics\":{}}"));
        JsonNode trace = core.admin()
                .get("/api/v1/ledger/event/0192e1a0000070008000 00000000000a".replace(" ", ""))
                .json();
        assertThat(trace.path("id").asString()).isEqualTo("0192e1a0-0000-7000-8000-00000000000a");
        assertThat(trace.path("status").asString()).isEqualTo("stored");
        assertThat(trace.at("/hops/0/hop").asString()).isEqualTo("received");
        assertThat(trace.at("/hops/0/where").asString()).isEqualTo("front (tcp) from 10.0.0.1 4711");
        assertThat(trace.at("/hops/1/hop").asString()).isEqualTo("stored");
        assertThat(trace.at("/hops/1/time").asLong()).isEqualTo(1_790_000_001_500L);
    }

    @Test
    void namesEachCollectorThatPassedAnEventOn() {
        core.storage.onQuery(_ -> FakeStorage.Answer.ok("{\"columns\":[],\"rows\":[[1790000000000,\"edge\",\"tcp\","
                + "\"10.0.0.1 4711\",1790000001500,[\"the relay 1790000000100 1790000000200\","
                + "\"site 1790000000300 1790000000400\",\"no-times\"]]],\"statistics\":{}}"));
        JsonNode hops = core.admin()
                .get("/api/v1/ledger/event/0192e1a0-0000-7000-8000-00000000000a")
                .json()
                .path("hops");
        assertThat(hops).hasSize(4);
        assertThat(hops.get(1).toString())
                .isEqualTo("{\"hop\":\"passed\",\"where\":\"the relay\",\"time\":1790000000200,\"done\":true}");
        assertThat(hops.get(2).path("where").asString()).isEqualTo("site");
        assertThat(hops.get(3).path("hop").asString()).isEqualTo("stored");
    }

    @Test
    void saysOfAnEventThatNobodyHasThatItMayHaveBeenCountedOnly() {
        core.storage.onQuery(_ -> FakeStorage.Answer.ok("{\"columns\":[],\"rows\":[],\"statistics\":{}}"));
        JsonNode trace = core.admin()
                .get("/api/v1/ledger/event/0192e1a0-0000-7000-8000-00000000000a")
                .json();
        assertThat(trace.path("status").asString()).isEqualTo("unknown");
        assertThat(trace.path("explanation").asString()).contains("counted in the ledger");
        assertThat(trace.path("hops")).isEmpty();
        assertThat(core.admin().get("/api/v1/ledger/event/xyz").status()).isEqualTo(400);
    }

    @Test
    void listsTheLoadedRules() {
        JsonNode rule = core.admin().get("/api/v1/rules").json().at("/items/0");
        assertThat(rule.path("id").asString()).isEqualTo("ssh-brute-force");
        assertThat(rule.path("source").asString()).isEqualTo("own");
        assertThat(rule.at("/mitre/0").asString()).isEqualTo("T1110");
        assertThat(rule.path("lastHit").asLong()).isEqualTo(1_789_999_999_000L);
    }
}
