package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.repository.Database;
import io.tocsin.core.response.ResponseRule;
import io.tocsin.core.response.ResponseSpecs;
import io.tocsin.core.table.TableEdit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Findings that fire responses, from the transaction that takes them to the audit trail.
final class ResponseRoutesTest {
    private static final String PATH = "/api/v1/responses";
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final List<String> RECEIVED = new CopyOnWriteArrayList<>();
    private static final AtomicInteger STATUS = new AtomicInteger(200);

    @TempDir
    private static Path folder;

    private static TestCore core;
    private static HttpServer receiver;

    @BeforeAll
    static void start() throws IOException {
        core = new TestCore(folder);
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                RECEIVED.add(exchange.getRequestHeaders().getFirst("Tocsin-Run"));
                exchange.sendResponseHeaders(STATUS.get(), -1);
            }
        });
        receiver.start();
    }

    @AfterAll
    static void stop() {
        core.close();
        receiver.stop(0);
    }

    @AfterEach
    void reset() {
        core.server().responses().use(List.of());
        RECEIVED.clear();
        STATUS.set(200);
    }

    private static ResponseRule response(String name, String spec) {
        Problems problems = new Problems();
        String yaml = "kind: response\nname: " + name + "\nspec:\n" + spec.indent(2);
        ResponseRule rule = ResponseSpecs.read(
                YamlReader.readAll("test.yaml", yaml, problems).getFirst(), problems);
        assertThat(problems.list()).isEmpty();
        return java.util.Objects.requireNonNull(rule);
    }

    private static String webhook() {
        return "action: { type: webhook, url: 'http://127.0.0.1:"
                + receiver.getAddress().getPort() + "/' }\n";
    }

    private static CorrelationHit hit(String rule, int priority, String fields, boolean noAlert) {
        long time = core.clock.millis();
        return new CorrelationHit(
                HexFormat.of().toHexDigits(NEXT.incrementAndGet() * 0x9E3779B97F4A7C15L)
                        + HexFormat.of().toHexDigits(7L),
                rule,
                "Rule " + rule,
                priority,
                time,
                time,
                time,
                List.of(),
                List.of(),
                List.of(),
                "",
                List.of(),
                "summary",
                fields,
                noAlert);
    }

    private static CorrelationHit find(String rule) {
        CorrelationHit hit = hit(rule, 3, "{\"SourceAddress\":\"10.0.0.5\",\"Priority\":3}", false);
        core.server().alerts().accept(List.of(hit));
        return hit;
    }

    private static CorrelationHit correction(CorrelationHit hit, CorrelationHit.Change change) {
        return new CorrelationHit(
                hit.id(),
                "0".repeat(16) + hit.id().substring(0, 16),
                change,
                hit.ruleId(),
                hit.ruleName(),
                hit.priority(),
                hit.timeMillis(),
                hit.firstSeenMillis(),
                hit.lastSeenMillis(),
                List.of(),
                List.of(),
                List.of(),
                "",
                List.of(),
                "summary",
                hit.fields(),
                hit.noAlert(),
                hit.segment());
    }

    private static List<JsonNode> runs(String response) {
        List<JsonNode> all = new ArrayList<>();
        core.admin()
                .get(PATH + "/runs?limit=500&response=" + response)
                .json()
                .path("items")
                .forEach(all::add);
        return all;
    }

    private static List<String> states(String response) {
        return runs(response).stream().map(run -> run.path("state").asString()).toList();
    }

    private static void awaitStates(String response, String... states) {
        await().untilAsserted(() -> assertThat(states(response)).containsExactlyInAnyOrder(states));
    }

    private static void use(ResponseRule... rules) {
        core.server().responses().use(List.of(rules));
    }

    @Test
    void firesOnceForAFindingHoweverOftenItComes() {
        use(response("once", webhook()));
        CorrelationHit hit = find("once");
        awaitStates("once", "done");
        core.server().alerts().accept(List.of(hit));
        core.server().alerts().accept(List.of(hit, correction(hit, CorrelationHit.Change.AMENDED)));
        core.restart();
        use(response("once", webhook()));
        core.server().alerts().accept(List.of(hit));
        CorrelationHit other = find("once");
        awaitStates("once", "done", "done");
        assertThat(RECEIVED).hasSize(2).doesNotHaveDuplicates();
        JsonNode run = runs("once").stream()
                .filter(each -> each.path("findingId").asString().equals(other.id()))
                .findFirst()
                .orElseThrow();
        assertThat(RECEIVED).contains(run.path("id").asString());
        assertThat(run.path("outcome").asString()).isEqualTo("answered 200");
        String alert = core.admin()
                .get("/api/v1/alerts?rule=once")
                .json()
                .at("/items/0/id")
                .asString();
        assertThat(run.path("alertId").asString()).isEqualTo(alert);
        JsonNode audit = core.admin().get("/api/v1/audit").json().at("/items/0");
        assertThat(audit.path("action").asString()).isEqualTo("response-run");
        assertThat(audit.path("subject").asString()).isEqualTo("once");
        assertThat(audit.path("actor").asString()).isEqualTo("system");
        assertThat(audit.path("detail").asString())
                .startsWith("done: answered 200 [kind=webhook, rule=once, finding=" + other.id() + ", run=")
                .contains("attempts=1", "millis=");
    }

    @Test
    void matchesByRulePriorityTenantFilterAndAlert() {
        use(
                response("by-rule", webhook() + "match: { rules: ['Rule match-a', match-b] }"),
                response("by-priority", webhook() + "match: { priority: high }"),
                response("by-tenant", webhook() + "match: { tenants: [t1] }"),
                response(
                        "by-filter",
                        webhook() + "match: { filter: \"SourceAddress inSubnet '10.0.0.0/8' and Extra.x = 'y'\" }"),
                response("by-event", webhook() + "match: { events: all, rules: [match-c] }"),
                response("off", webhook() + "enabled: false"));
        core.server()
                .alerts()
                .accept(List.of(
                        hit("match-a", 1, "{}", false),
                        hit("match-b", 3, "{\"SourceAddress\":\"10.1.2.3\",\"Extra\":{\"x\":\"y\"}}", false),
                        hit("match-c", 1, "{\"SourceAddress\":\"10.1.2.3\",\"TenantID\":\"t1\"}", true),
                        hit(
                                "match-c",
                                2,
                                "{\"SourceAddress\":\"11.1.2.3\",\"TenantID\":\"t1\",\"Extra\":{\"x\":\"y\"}}",
                                false)));
        awaitStates("by-rule", "done", "done");
        awaitStates("by-priority", "done");
        awaitStates("by-tenant", "done");
        awaitStates("by-filter", "done");
        awaitStates("by-event", "done", "done");
        assertThat(states("off")).isEmpty();
    }

    @Test
    void makesNoRunForWhatWasRetractedOrExcepted() {
        STATUS.set(500);
        use(response("retract", webhook() + "pause: 10m"));
        CorrelationHit hit = find("retract");
        await().untilAsserted(() ->
                assertThat(runs("retract").getFirst().path("attempts").asInt()).isEqualTo(1));
        awaitStates("retract", "waiting");
        core.server().alerts().accept(List.of(correction(hit, CorrelationHit.Change.RETRACTED)));
        awaitStates("retract", "cancelled");
        assertThat(runs("retract").getFirst().path("outcome").asString())
                .isEqualTo("not made: the finding was retracted");
        core.admin()
                .post(
                        "/api/v1/exceptions",
                        "{\"ruleId\":\"excepted\",\"reason\":\"known\",\"expiresAt\":" + (core.clock.millis() + 60_000)
                                + "}");
        find("excepted");
        assertThat(runs("retract")).hasSize(1);
    }

    @Test
    void triesAgainWithPausesThatGrowAndGivesUp() {
        STATUS.set(503);
        use(response("again", webhook() + "pause: 5s\nattempts: 3"));
        find("again");
        for (int attempt = 1; attempt <= 2; attempt++) {
            int made = attempt;
            await().untilAsserted(() -> {
                JsonNode run = runs("again").getFirst();
                assertThat(run.path("state").asString()).isEqualTo("waiting");
                assertThat(run.path("attempts").asInt()).isEqualTo(made);
                assertThat(run.path("dueAt").asLong() - core.clock.millis()).isEqualTo(5_000L << (made - 1));
            });
            core.clock.advanceMillis(5_000L << (made - 1));
        }
        awaitStates("again", "failed");
        assertThat(runs("again").getFirst().path("outcome").asString())
                .isEqualTo("answered 503; given up after 3 attempts");
        assertThat(RECEIVED).hasSize(3);
        assertThat(RECEIVED.stream().distinct()).hasSize(1);
    }

    @Test
    void suppressesWhatIsMoreThanItsLimitsAndShowsIt() {
        use(response("limited", webhook() + "mostRuns: 3\nwithin: 1m"));
        List<CorrelationHit> hits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            hits.add(hit("limited", 3, "{}", false));
        }
        core.server().alerts().accept(hits);
        awaitStates("limited", "done", "done", "done", "suppressed", "suppressed");
        core.server().alerts().accept(hits);
        core.clock.advanceMillis(60_001);
        core.server().alerts().accept(hits);
        find("limited");
        awaitStates("limited", "done", "done", "done", "done", "suppressed", "suppressed");
        JsonNode listed = core.admin().get(PATH).json().at("/items/0");
        assertThat(listed.path("name").asString()).isEqualTo("limited");
        assertThat(listed.at("/runs/suppressed").asInt()).isEqualTo(2);
        assertThat(listed.path("delivery").asString()).isEqualTo("at-least-once");
        assertThat(core.stranger().get("/metrics").body())
                .contains("tocsin_core_response_runs_total{response=\"limited\",state=\"suppressed\"} 2");
    }

    @Test
    void goesOnWithWhatWaitedAndDoesNotRepeatAScriptThatItDiedIn() throws Exception {
        Path scripts = folder.resolve("scripts");
        use(response("prepare", webhook()));
        Files.writeString(scripts.resolve("mark.sh"), "#!/bin/sh\necho run >> \"$0.runs\"\n");
        Files.setPosixFilePermissions(scripts.resolve("mark.sh"), PosixFilePermissions.fromString("rwx------"));
        ResponseRule script = response("marks", "action: { type: script, file: mark.sh }\n");
        ResponseRule hook = response("hooks", webhook());
        // Decided and not begun: as when the process dies right after the decision.
        core.server().responses().close();
        core.server().responses().use(List.of(script, hook));
        find("crash");
        assertThat(states("marks")).containsExactly("waiting");
        find("crash");
        // Begun, end unknown: as when it dies in an attempt.
        Database database = core.server().context().getBean(Database.class);
        database.writer()
                .sql("UPDATE response_run SET state = 'running', attempts = 1 WHERE id = (SELECT max(id) FROM"
                        + " response_run WHERE response = 'marks') OR response = 'hooks'")
                .update();
        core.restart();
        use(script, hook);
        awaitStates("marks", "done", "failed");
        awaitStates("hooks", "done", "done");
        assertThat(Files.readAllLines(scripts.resolve("mark.sh.runs"))).containsExactly("run");
        assertThat(core.admin()
                        .get(PATH + "/runs?state=failed&response=marks")
                        .json()
                        .at("/items/0/outcome")
                        .asString())
                .contains("it is not repeated");
        assertThat(RECEIVED).hasSize(2);
    }

    @Test
    void cancelsWhatWaitsForAResponseThatIsGone() {
        STATUS.set(500);
        use(response("gone", webhook() + "pause: 10m"));
        find("gone");
        awaitStates("gone", "waiting");
        use();
        awaitStates("gone", "cancelled");
    }

    @Test
    void showsWhatWouldBeDoneWithoutDoingIt() {
        use(
                response(
                        "shown",
                        "match: { rules: [r1] }\naction: { type: script, file: none.sh, arguments: ['--address={SourceAddress}'] }"));
        JsonNode answer = core.admin()
                .post(PATH + "/shown/test", "{\"event\":{\"CorrelationRuleID\":\"r1\",\"SourceAddress\":\"10.0.0.5\"}}")
                .json();
        assertThat(answer.path("fires").asBoolean()).isTrue();
        assertThat(answer.path("trouble").asString()).contains("no such script");
        assertThat(answer.at("/rendered/1/name").asString()).isEqualTo("argument 1");
        assertThat(answer.at("/rendered/1/value").asString()).isEqualTo("--address=10.0.0.5");
        assertThat(core.admin().post(PATH + "/none/test", "{\"event\":{}}").status())
                .isEqualTo(404);
        assertThat(core.admin().post(PATH + "/shown/test", "{\"event\":1}").status())
                .isEqualTo(400);
        assertThat(core.admin().get(PATH + "/runs?state=nonsense").status()).isEqualTo(400);
        assertThat(runs("shown")).isEmpty();
        core.admin()
                .post(
                        "/api/v1/accounts",
                        "{\"login\":\"watcher\",\"role\":\"viewer\",\"password\":\"correct horse 12\"}");
        Client viewer = core.stranger();
        viewer.post("/api/v1/session", TestCore.login("watcher", "correct horse 12"));
        assertThat(viewer.get(PATH).status()).isEqualTo(200);
        assertThat(viewer.get(PATH + "/runs").status()).isEqualTo(200);
        assertThat(viewer.post(PATH + "/shown/test", "{\"event\":{}}").status()).isEqualTo(403);
        assertThat(core.stranger().get(PATH).status()).isEqualTo(401);
    }

    private static String alert(String rule) {
        return core.admin()
                .get("/api/v1/alerts?rule=" + rule)
                .json()
                .at("/items/0/id")
                .asString();
    }

    private static Client analyst(String login, String role) {
        core.admin()
                .post(
                        "/api/v1/accounts",
                        "{\"login\":\"" + login + "\",\"role\":\"" + role + "\",\"password\":\"correct horse 12\"}");
        Client client = core.stranger();
        client.post("/api/v1/session", TestCore.login(login, "correct horse 12"));
        return client;
    }

    @Test
    void runsByHandWhatAnAnalystAsksForAsOftenAsTheyAsk() {
        use(
                response("hand", webhook() + "match: { events: none }"),
                response("both", webhook() + "mostRuns: 1\nmatch: { rules: [hand-rule] }"));
        CorrelationHit first = find("hand-rule");
        core.clock.advanceMillis(1_000);
        CorrelationHit second = find("hand-rule");
        awaitStates("both", "done", "suppressed");
        assertThat(states("hand")).as("nothing fires it by itself").isEmpty();
        String path = "/api/v1/alerts/" + alert("hand-rule") + "/responses";
        Client analyst = analyst("anna", "analyst");

        Client.Answer asked = analyst.post(path, "{\"response\":\"hand\"}");
        assertThat(asked.status()).isEqualTo(202);
        assertThat(asked.json().path("findingId").asString()).as("the newest").isEqualTo(second.id());
        assertThat(asked.json().path("actor").asString()).isEqualTo("anna");
        assertThat(asked.json().path("byHand").asBoolean()).isTrue();
        analyst.post(path, "{\"response\":\"hand\"}");
        analyst.post(path, "{\"response\":\"hand\",\"findingId\":\"" + first.id() + "\"}");
        // The limits are for what happens by itself, and are not used up by people.
        analyst.post(path, "{\"response\":\"both\"}");
        awaitStates("hand", "done", "done", "done");
        awaitStates("both", "done", "done", "suppressed");
        assertThat(RECEIVED).hasSize(5).doesNotHaveDuplicates();
        core.clock.advanceMillis(60_001);
        find("hand-rule");
        awaitStates("both", "done", "done", "done", "suppressed");

        List<String> shown = new ArrayList<>();
        analyst.get(path)
                .json()
                .path("items")
                .forEach(run -> shown.add(run.path("response").asString() + " "
                        + run.path("actor").asString()));
        assertThat(shown)
                .containsExactlyInAnyOrder(
                        "hand anna",
                        "hand anna",
                        "hand anna",
                        "both anna",
                        "both system",
                        "both system",
                        "both system");
        assertThat(core.admin().get("/api/v1/audit").json().toString())
                .contains("\"response-requested\"", "alert=" + alert("hand-rule"));
        assertThat(core.admin()
                        .get("/api/v1/alerts/" + alert("hand-rule"))
                        .json()
                        .path("history")
                        .toString())
                .contains("\"change\":\"response\",\"from\":null,\"to\":\"hand\"", "anna");
    }

    @Test
    void refusesWhatCannotBeRunByHand() {
        use(
                response("off", webhook() + "enabled: false"),
                response("on", webhook() + "mostWaiting: 1\npause: 10m\nmatch: { events: none }"));
        find("refuse");
        String path = "/api/v1/alerts/" + alert("refuse") + "/responses";
        assertThat(core.admin().post(path, "{\"response\":\"off\"}").status()).isEqualTo(400);
        assertThat(core.admin().post(path, "{\"response\":\"none\"}").status()).isEqualTo(400);
        assertThat(core.admin().post(path, "{\"response\":\"\"}").status()).isEqualTo(400);
        assertThat(core.admin()
                        .post(path, "{\"response\":\"on\",\"findingId\":\"nonsense\"}")
                        .status())
                .isEqualTo(400);
        assertThat(core.admin()
                        .post("/api/v1/alerts/nonsense/responses", "{\"response\":\"on\"}")
                        .status())
                .isEqualTo(404);
        assertThat(core.admin().get("/api/v1/alerts/nonsense/responses").status())
                .isEqualTo(404);
        Client viewer = analyst("looker", "viewer");
        assertThat(viewer.post(path, "{\"response\":\"on\"}").status()).isEqualTo(403);
        assertThat(viewer.get(path).status()).isEqualTo(200);
        assertThat(states("on")).isEmpty();

        STATUS.set(500);
        core.admin().post(path, "{\"response\":\"on\"}");
        await().untilAsserted(() ->
                assertThat(runs("on").getFirst().path("attempts").asInt()).isEqualTo(1));
        awaitStates("on", "waiting");
        assertThat(core.admin().post(path, "{\"response\":\"on\"}").status()).isEqualTo(409);
    }

    @Test
    void writesListsOfTheCorrelatorInItsOwnWay() {
        use(
                response(
                        "block",
                        "action: { type: active-list, list: blocked, key: '{SourceAddress}', values: { by: '{CorrelationRuleName:-x}',"
                                + " empty: '{SourceUserName}' } }"),
                response("unknown", "action: { type: active-list, list: none, key: '{SourceAddress}' }"),
                response("keyless", "action: { type: active-list, list: blocked, key: '{SourceUserName}' }"));
        find("lists");
        awaitStates("block", "done");
        awaitStates("unknown", "failed");
        awaitStates("keyless", "failed");
        assertThat(core.tables.edits)
                .contains(new TableEdit(
                        "blocked",
                        TableEdit.Kind.SET,
                        List.of("10.0.0.5"),
                        java.util.Map.of("by", List.of("x")),
                        0,
                        "response:block"));
        JsonNode listed = core.admin().get(PATH).json().path("items");
        assertThat(listed.at("/0/trouble").isNull()).isTrue();
        assertThat(listed.at("/1/trouble").asString()).contains("no such list");
    }

    @Test
    void pagesRunsNewestFirst() {
        use(response("pages", webhook()));
        for (int i = 0; i < 5; i++) {
            core.clock.advanceMillis(10);
            find("pages");
        }
        awaitStates("pages", "done", "done", "done", "done", "done");
        List<Long> times = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = core.admin()
                    .get(PATH + "/runs?response=pages&limit=2" + (cursor.isEmpty() ? "" : "&cursor=" + cursor))
                    .json();
            page.path("items").forEach(run -> times.add(run.path("createdAt").asLong()));
            cursor = page.path("next").asString("");
        } while (!cursor.isEmpty());
        assertThat(times).hasSize(5).isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }
}
