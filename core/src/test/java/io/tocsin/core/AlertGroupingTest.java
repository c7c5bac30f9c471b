package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.core.alert.AssetCategory;
import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.CorrelationHit.Change;
import io.tocsin.core.alert.Entity;
import io.tocsin.core.alert.Segment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Segments, where priorities come from, and what is held back.
final class AlertGroupingTest {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final long HOUR = 3_600_000;

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

    @AfterEach
    void forget() {
        core.server().alerts().categories(List.of());
    }

    private static CorrelationHit hit(String rule, Segment segment, int priority, Entity... assets) {
        int number = NEXT.incrementAndGet();
        long time = 1_790_000_000_000L + number;
        String id = String.format("%032x", number);
        return new CorrelationHit(
                id,
                id,
                Change.NEW,
                rule,
                "Rule " + rule,
                priority,
                time,
                time - 10,
                time,
                List.of(assets),
                List.of(),
                List.of(),
                segment.key(),
                List.of(),
                "summary " + number,
                "{}",
                false,
                segment);
    }

    private static CorrelationHit retraction(CorrelationHit hit) {
        return new CorrelationHit(
                hit.id(),
                String.format("%032x", 5_000_000 + Long.parseLong(hit.id(), 16)),
                Change.RETRACTED,
                hit.ruleId(),
                hit.ruleName(),
                hit.priority(),
                hit.timeMillis(),
                hit.firstSeenMillis(),
                hit.lastSeenMillis(),
                hit.entities(),
                List.of(),
                List.of(),
                hit.groupKey(),
                List.of(),
                hit.summary(),
                "{}",
                false,
                hit.segment());
    }

    private static Segment segment(String name, String key, int limit) {
        return new Segment(name, key, limit, 14 * 24 * HOUR, "");
    }

    private static void accept(CorrelationHit... hits) {
        core.server().alerts().accept(List.of(hits));
    }

    private static JsonNode alerts(String rule) {
        return alerts(core, rule);
    }

    private static JsonNode alerts(TestCore where, String rule) {
        return where.admin().get("/api/v1/alerts?limit=500&rule=" + rule).json().path("items");
    }

    private static JsonNode detail(String rule) {
        String id = alerts(rule).path(0).path("id").asString();
        return core.admin().get("/api/v1/alerts/" + id).json();
    }

    private static AssetCategory category(String name, String weight, String assets) {
        Problems problems = new Problems();
        List<ConfigNode> read = YamlReader.readAll(
                "test",
                "{kind: asset-category, name: " + name + ", spec: {description: x, weight: " + weight + ", assets: "
                        + assets + "}}",
                problems);
        AssetCategory category = AssetCategory.read((ConfigNode.Mapping) read.getFirst(), problems);
        assertThat(problems.list()).isEmpty();
        return Objects.requireNonNull(category);
    }

    @Test
    void opensAnotherAlertWhenOneHasAsManyFindingsAsItsSegmentAllows() {
        for (int i = 0; i < 7; i++) {
            accept(hit("limited", segment("three", "", 3), 2));
        }
        List<Integer> counts = new ArrayList<>();
        alerts("limited").forEach(alert -> counts.add(alert.path("count").asInt()));
        assertThat(counts).containsExactlyInAnyOrder(3, 3, 1);
        assertThat(alerts("limited").path(0).path("segmentation").asString()).isEqualTo("three");
    }

    @Test
    void dividesByKeyBySegmentationAndNamesTheAlertAsItSays() {
        accept(
                hit("divided", segment("by-host", "DeviceHostName=a\n", 0), 2),
                hit("divided", segment("by-host", "DeviceHostName=b\n", 0), 2),
                hit("divided", Segment.standard("DeviceHostName=a\n"), 2),
                hit("divided", segment("by-host", "DeviceHostName=a\n", 0), 2),
                hit("divided", new Segment("named", "", 0, HOUR, "Rule on a"), 2));
        Set<String> found = new TreeSet<>();
        alerts("divided")
                .forEach(alert -> found.add(alert.path("segmentation").asString() + " "
                        + alert.path("count").asInt() + " "
                        + alert.path("name").asString()));
        assertThat(found)
                .containsExactly(
                        "by-host 1 Rule divided",
                        "by-host 2 Rule divided",
                        "default 1 Rule divided",
                        "named 1 Rule on a");
    }

    @Test
    void closesASegmentToNewFindingsWhenItsTimeIsOver() {
        Segment hour = new Segment("hour", "", 0, HOUR, "");
        accept(hit("timed", hour, 2), hit("timed", hour, 2));
        core.clock.advanceMillis(HOUR);
        accept(hit("timed", hour, 2));
        assertThat(alerts("timed").size()).isEqualTo(2);
    }

    /// Whatever the order in which findings and their corrections come, after restarts and repeats: the same alerts.
    @Test
    void makesTheSameAlertsInEveryOrderOfArrival(@TempDir Path other) {
        long seed = 20260923;
        Entity important = new Entity(Entity.Kind.HOST, "dc1");
        List<CorrelationHit> all = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            all.add(hit(
                    "order",
                    segment("by-user", "SourceUserName=" + i % 4 + "\n", 0),
                    1 + i % 3,
                    i % 5 == 0 ? important : new Entity(Entity.Kind.HOST, "pc" + i % 6)));
        }
        List<CorrelationHit> wrong = all.stream()
                .filter(hit -> hit.groupKey().contains("=1")
                        || Integer.parseInt(hit.id().substring(28), 16) % 5 == 0)
                .toList();
        String expected = null;
        for (int round = 0; round < 4; round++) {
            Random random = new Random(seed + round);
            List<CorrelationHit> order = new ArrayList<>(all);
            Collections.shuffle(order, random);
            // A correction comes after what it corrects.
            for (CorrelationHit hit : wrong) {
                int from = order.indexOf(hit) + 1;
                order.add(from + random.nextInt(order.size() - from + 1), retraction(hit));
            }
            try (TestCore fresh = new TestCore(other.resolve("round" + round))) {
                fresh.server().alerts().categories(List.of(category("controllers", "critical", "[dc1]")));
                for (int i = 0; i < order.size(); i++) {
                    fresh.server().alerts().accept(order.subList(Math.max(0, i - 3), i + 1));
                    if (i == 15 && round == 1) {
                        fresh.restart();
                        fresh.server().alerts().categories(List.of(category("controllers", "critical", "[dc1]")));
                    }
                }
                String found = state(fresh);
                expected = expected == null ? found : expected;
                assertThat(found).as("seed " + (seed + round)).isEqualTo(expected);
            }
        }
        assertThat(expected).contains("by-user");
    }

    private static String state(TestCore where) {
        Set<String> lines = new TreeSet<>();
        for (JsonNode alert : alerts(where, "order")) {
            Set<String> assets = new TreeSet<>();
            alert.path("entities").forEach(each -> assets.add(each.toString()));
            boolean isEmpty = alert.path("count").asInt() == 0;
            lines.add(String.join(
                    " ",
                    alert.path("id").asString(),
                    alert.path("segmentation").asString(),
                    alert.path("status").asString(),
                    alert.path("count").toString(),
                    // Of an alert without findings only that there was one is certain.
                    isEmpty ? "" : alert.path("priority").toString(),
                    isEmpty ? "" : alert.path("rulePriority").toString(),
                    isEmpty ? "" : alert.path("firstSeen").toString(),
                    isEmpty ? "" : alert.path("lastSeen").toString(),
                    isEmpty ? "" : assets.toString()));
        }
        return String.join("\n", lines);
    }

    @Test
    void goesOnWithAnAlertWhoseLastFindingWasWithdrawn() {
        CorrelationHit first = hit("again", segment("s", "", 0), 2);
        accept(first);
        String id = alerts("again").path(0).path("id").asString();
        accept(retraction(first));
        assertThat(detail("again").path("status").asString()).isEqualTo("closed");
        accept(hit("again", segment("s", "", 0), 2));
        JsonNode alert = detail("again");
        assertThat(alerts("again").size()).isEqualTo(1);
        assertThat(alert.path("id").asString()).isEqualTo(id);
        assertThat(alert.path("status").asString()).isEqualTo("new");
        assertThat(alert.path("count").asInt()).isEqualTo(1);
    }

    @Test
    void explainsThePriorityByTheRuleWhenNoAssetHasACategory() {
        accept(hit("plain", Segment.standard(""), 2, new Entity(Entity.Kind.HOST, "pc1")));
        JsonNode explanation = detail("plain").path("priorityExplanation");
        assertThat(explanation.path("priority").asInt()).isEqualTo(2);
        assertThat(explanation.at("/factors/0/factor").asString()).isEqualTo("rule");
        assertThat(explanation.at("/factors/0/value").asInt()).isEqualTo(2);
        assertThat(explanation.at("/factors/1/value").asInt()).isZero();
        assertThat(explanation.at("/factors/1/text").asString()).contains("no asset categories are defined");
        core.server().alerts().categories(List.of(category("servers", "high", "[srv1]")));
        accept(hit("plain", Segment.standard(""), 2, new Entity(Entity.Kind.HOST, "pc1")));
        assertThat(detail("plain").at("/priorityExplanation/factors/1/text").asString())
                .contains("none of the assets");
    }

    @Test
    void liftsThePriorityByTheHeaviestCategoryOfItsAssetsAndSaysSo() {
        core.server()
                .alerts()
                .categories(List.of(
                        category("servers", "medium", "['*.srv.example', 10.1.0.0/16, '2001:db8::/32']"),
                        category("controllers", "critical", "[DC1.example]"),
                        category("chiefs", "high", "['user:Boss']")));
        accept(hit(
                "lifted",
                Segment.standard(""),
                1,
                new Entity(Entity.Kind.ADDRESS, "10.1.255.3"),
                new Entity(Entity.Kind.USER, "boss")));
        JsonNode lifted = detail("lifted");
        assertThat(lifted.path("priority").asInt()).isEqualTo(2);
        assertThat(lifted.path("rulePriority").asInt()).isEqualTo(1);
        assertThat(lifted.at("/priorityExplanation/factors/1/name").asString()).isEqualTo("chiefs");
        assertThat(lifted.at("/priorityExplanation/factors/1/asset").asString()).isEqualTo("user:boss");
        assertThat(lifted.at("/priorityExplanation/factors/2/name").asString()).isEqualTo("servers");

        accept(hit("lifted", Segment.standard(""), 1, new Entity(Entity.Kind.HOST, "dc1.example")));
        assertThat(detail("lifted").path("priority").asInt()).isEqualTo(3);
        accept(hit("kept", Segment.standard(""), 4, new Entity(Entity.Kind.HOST, "x.srv.example")));
        assertThat(detail("kept").path("priority").asInt()).isEqualTo(4);
        accept(hit("outside", Segment.standard(""), 1, new Entity(Entity.Kind.ADDRESS, "10.2.0.1")));
        assertThat(detail("outside").path("priority").asInt()).isEqualTo(1);
        accept(hit("six", Segment.standard(""), 1, new Entity(Entity.Kind.ADDRESS, "2001:db8::7")));
        assertThat(detail("six").path("priority").asInt()).isEqualTo(2);
    }

    @Test
    void leavesThePriorityThatAPersonSetAndNamesThem() {
        accept(hit("manual", Segment.standard(""), 2));
        String id = detail("manual").path("id").asString();
        core.admin().patch("/api/v1/alerts/" + id, "{\"priority\":4,\"version\":1}");
        accept(hit("manual", Segment.standard(""), 3));
        JsonNode explanation = detail("manual").path("priorityExplanation");
        assertThat(explanation.path("priority").asInt()).isEqualTo(4);
        JsonNode last =
                explanation.path("factors").path(explanation.path("factors").size() - 1);
        assertThat(last.path("factor").asString()).isEqualTo("person");
        assertThat(last.path("name").asString()).isEqualTo("admin");
    }

    private static Client.Answer suppress(String alertId, long forMillis) {
        return core.admin()
                .post(
                        "/api/v1/alerts/" + alertId + "/suppression",
                        "{\"reason\":\"maintenance\",\"expiresAt\":" + (core.clock.millis() + forMillis) + "}");
    }

    @Test
    void holdsBackWhatBelongsToASuppressedGroupUntilItExpiresAndCountsIt() {
        Segment a = segment("by-host", "DeviceHostName=a\n", 0);
        accept(hit("held", a, 2), hit("held", segment("by-host", "DeviceHostName=b\n", 0), 2));
        String alert = core.admin()
                .get("/api/v1/alerts?rule=held")
                .json()
                .path("items")
                .valueStream()
                .map(each -> each.path("id").asString())
                .filter(id -> core.admin()
                        .get("/api/v1/alerts/" + id)
                        .json()
                        .path("group")
                        .asString()
                        .equals("DeviceHostName=a"))
                .findFirst()
                .orElseThrow();
        assertThat(suppress(alert, HOUR).status()).isEqualTo(201);
        CorrelationHit held = hit("held", a, 2);
        CorrelationHit wrong = hit("held", a, 2);
        accept(held, held, wrong, hit("held", segment("by-host", "DeviceHostName=b\n", 0), 2));
        accept(held, retraction(wrong), retraction(wrong));
        JsonNode shown = core.admin().get("/api/v1/alerts/" + alert).json();
        assertThat(shown.path("count").asInt()).isEqualTo(1);
        assertThat(shown.at("/suppression/hits").asInt()).isEqualTo(1);
        assertThat(shown.at("/suppression/reason").asString()).isEqualTo("maintenance");
        assertThat(shown.path("history").toString()).contains("suppressed");

        core.clock.advanceMillis(HOUR);
        assertThat(core.admin()
                        .get("/api/v1/alerts/" + alert)
                        .json()
                        .path("suppression")
                        .isNull())
                .isTrue();
        // One that was held back makes no alert when it comes again later.
        accept(held);
        assertThat(core.admin()
                        .get("/api/v1/alerts/" + alert)
                        .json()
                        .path("count")
                        .asInt())
                .isEqualTo(1);
        accept(hit("held", a, 2));
        assertThat(core.admin()
                        .get("/api/v1/alerts/" + alert)
                        .json()
                        .path("count")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void endsASuppressionBeforeItsTimeAndAuditsBoth() {
        accept(hit("ended", Segment.standard(""), 2));
        String alert = detail("ended").path("id").asString();
        suppress(alert, HOUR);
        String second = suppress(alert, 2 * HOUR).json().path("id").asString();
        Set<Boolean> inForce = new HashSet<>();
        core.admin().get("/api/v1/suppressions").json().path("items").forEach(each -> {
            if (each.path("ruleId").asString().equals("ended")) {
                inForce.add(each.path("endedAt").isNull());
            }
        });
        assertThat(inForce).as("the second takes the place of the first").containsExactlyInAnyOrder(true, false);
        assertThat(core.admin().delete("/api/v1/suppressions/" + second).status())
                .isEqualTo(204);
        assertThat(core.admin().delete("/api/v1/suppressions/" + second).status())
                .isEqualTo(404);
        accept(hit("ended", Segment.standard(""), 2));
        assertThat(detail("ended").path("count").asInt()).isEqualTo(2);
        assertThat(core.admin().get("/api/v1/audit").body()).contains("suppression-added", "suppression-ended");
        assertThat(suppress(alert, -1).status()).isEqualTo(400);
        assertThat(suppress("none", HOUR).status()).isEqualTo(404);
        assertThat(core.admin()
                        .post("/api/v1/alerts/" + alert + "/suppression", "{\"reason\":\"x\"}")
                        .status())
                .isEqualTo(400);
    }
}
