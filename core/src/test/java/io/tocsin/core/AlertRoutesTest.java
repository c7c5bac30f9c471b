package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Entity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class AlertRoutesTest {
    private static final AtomicInteger NEXT = new AtomicInteger();

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

    private static CorrelationHit hit(String rule, String group) {
        int number = NEXT.incrementAndGet();
        long time = core.clock.millis() + number;
        return new CorrelationHit(
                String.format("%032x", number),
                rule,
                "Rule " + rule,
                2,
                time,
                time - 1_000,
                time,
                List.of(
                        new Entity(Entity.Kind.USER, "root"),
                        new Entity(Entity.Kind.ADDRESS, "10.0.0." + number % 250)),
                List.of("Credential Access"),
                List.of("T1110"),
                group,
                List.of("0192e1a0-0000-7000-8000-00000000000a"),
                "summary " + number,
                "{\"SourceUserName\":\"root\",\"Count\":" + number + "}",
                false);
    }

    private static CorrelationHit with(CorrelationHit hit, int priority, List<String> baseEventIds, String fields) {
        return new CorrelationHit(
                hit.id(),
                hit.ruleId(),
                hit.ruleName(),
                priority,
                hit.timeMillis(),
                hit.firstSeenMillis(),
                hit.lastSeenMillis(),
                hit.entities(),
                hit.tactics(),
                hit.techniques(),
                hit.groupKey(),
                baseEventIds,
                hit.summary(),
                fields,
                hit.noAlert());
    }

    private static void accept(CorrelationHit... hits) {
        core.server().alerts().accept(List.of(hits));
    }

    private static JsonNode alertsOf(String rule) {
        return core.admin().get("/api/v1/alerts?limit=500&rule=" + rule).json().path("items");
    }

    private static JsonNode onlyAlertOf(String rule) {
        JsonNode alerts = alertsOf(rule);
        assertThat(alerts.size()).as(alerts.toString()).isEqualTo(1);
        return alerts.path(0);
    }

    private static JsonNode detail(JsonNode alert) {
        return core.admin().get("/api/v1/alerts/" + alert.path("id").asString()).json();
    }

    private static Client.Answer patch(JsonNode alert, String changes) {
        return core.admin()
                .patch(
                        "/api/v1/alerts/" + alert.path("id").asString(),
                        "{" + changes + ",\"version\":" + alert.path("version").asLong() + "}");
    }

    private static CorrelationHit corrected(
            CorrelationHit hit, CorrelationHit.Change change, long lastSeenMillis, List<String> baseEventIds) {
        return new CorrelationHit(
                hit.id(),
                String.format("%032x", 1_000_000 + NEXT.incrementAndGet()),
                change,
                hit.ruleId(),
                hit.ruleName(),
                hit.priority(),
                lastSeenMillis,
                hit.firstSeenMillis(),
                lastSeenMillis,
                hit.entities(),
                hit.tactics(),
                hit.techniques(),
                hit.groupKey(),
                baseEventIds,
                "corrected " + hit.summary(),
                hit.fields(),
                hit.noAlert(),
                hit.segment());
    }

    @Test
    void replacesTheEventOfAnAmendedHitOnceAndFollowsItsTimes() {
        CorrelationHit first = hit("amended", "k");
        CorrelationHit amendment = corrected(
                first,
                CorrelationHit.Change.AMENDED,
                first.lastSeenMillis() + 5_000,
                List.of("0192e1a0-0000-7000-8000-00000000000b", "0192e1a0-0000-7000-8000-00000000000c"));
        accept(first);
        accept(amendment);
        accept(amendment, first);
        JsonNode alert = onlyAlertOf("amended");
        assertThat(alert.path("count").asLong()).isEqualTo(1);
        assertThat(alert.path("lastSeen").asLong()).isEqualTo(first.lastSeenMillis() + 5_000);
        assertThat(alert.path("summary").asString()).startsWith("corrected ");
        JsonNode detail = detail(alert);
        assertThat(detail.path("events").size()).isEqualTo(1);
        assertThat(detail.at("/events/0/baseEventIds").size()).isEqualTo(2);
        assertThat(detail.path("history"))
                .extracting(change -> change.path("change").asString())
                .containsExactly("created", "amended");
    }

    @Test
    void closesAnAlertWhoseOnlyHitIsRetractedUnlessSomebodyHasTakenItUp() {
        CorrelationHit untouched = hit("retracted", "a");
        CorrelationHit taken = hit("retracted-taken", "a");
        accept(untouched, taken);
        JsonNode assigned = onlyAlertOf("retracted-taken");
        assertThat(patch(assigned, "\"status\":\"assigned\"").status()).isEqualTo(200);
        for (CorrelationHit hit : List.of(untouched, taken)) {
            CorrelationHit retraction =
                    corrected(hit, CorrelationHit.Change.RETRACTED, hit.lastSeenMillis(), hit.baseEventIds());
            accept(retraction);
            accept(retraction);
        }
        JsonNode closed = onlyAlertOf("retracted");
        assertThat(closed.path("status").asString()).isEqualTo("closed");
        assertThat(closed.path("closingReason").asString()).isEqualTo("incorrect-data");
        assertThat(closed.path("count").asLong()).isZero();
        assertThat(detail(closed).path("events").size()).isZero();
        assertThat(detail(closed).path("history"))
                .extracting(change -> change.path("change").asString())
                .containsExactly("created", "retracted", "status");
        JsonNode stillOpen = onlyAlertOf("retracted-taken");
        assertThat(stillOpen.path("status").asString()).isEqualTo("assigned");
        assertThat(detail(stillOpen).path("history"))
                .extracting(change -> change.path("change").asString())
                .contains("retracted");
    }

    @Test
    void countsWhatIsLeftWhenOneOfSeveralHitsIsRetracted() {
        CorrelationHit early = hit("partly", "k");
        CorrelationHit late = hit("partly", "k");
        accept(early, late);
        accept(corrected(late, CorrelationHit.Change.RETRACTED, late.lastSeenMillis(), late.baseEventIds()));
        JsonNode alert = onlyAlertOf("partly");
        assertThat(alert.path("status").asString()).isEqualTo("new");
        assertThat(alert.path("count").asLong()).isEqualTo(1);
        assertThat(alert.path("lastSeen").asLong()).isEqualTo(early.lastSeenMillis());
        assertThat(detail(alert).path("events").size()).isEqualTo(1);
    }

    @Test
    void passesOverCorrectionsOfHitsThatItDoesNotKnow() {
        CorrelationHit unknown = hit("unknown", "k");
        accept(
                corrected(unknown, CorrelationHit.Change.AMENDED, unknown.lastSeenMillis(), List.of()),
                corrected(unknown, CorrelationHit.Change.RETRACTED, unknown.lastSeenMillis(), List.of()));
        assertThat(alertsOf("unknown").size()).isZero();
    }

    @Test
    void makesOneAlertOfAllHitsWithTheSameKey() {
        CorrelationHit first = hit("group", "k");
        CorrelationHit second = hit("group", "k");
        accept(first);
        accept(second, hit("group", "other"));
        assertThat(alertsOf("group").size()).isEqualTo(2);
        JsonNode alert = alertsOf("group").path(1);
        assertThat(alert.path("count").asInt()).isEqualTo(2);
        assertThat(alert.path("status").asString()).isEqualTo("new");
        assertThat(alert.path("name").asString()).isEqualTo("Rule group");
        assertThat(alert.path("firstSeen").asLong()).isEqualTo(first.firstSeenMillis());
        assertThat(alert.path("lastSeen").asLong()).isEqualTo(second.lastSeenMillis());
        assertThat(alert.path("summary").asString()).isEqualTo(second.summary());
        assertThat(alert.path("entities").size()).isEqualTo(3);
        assertThat(alert.at("/entities/0/kind").asString()).isEqualTo("user");
        assertThat(alert.at("/techniques/0").asString()).isEqualTo("T1110");
        assertThat(alert.path("assignee").isNull()).isTrue();

        JsonNode detail = detail(alert);
        assertThat(detail.path("id")).isEqualTo(alert.path("id"));
        assertThat(detail.path("events").size()).isEqualTo(2);
        assertThat(detail.at("/events/0/id").asString()).isEqualTo(second.id());
        assertThat(detail.at("/events/0/fields/SourceUserName").asString()).isEqualTo("root");
        assertThat(detail.at("/events/1/baseEventIds/0").asString()).endsWith("0a");
        assertThat(detail.path("eventsNext").isNull()).isTrue();
        assertThat(detail.at("/history/0/change").asString()).isEqualTo("created");
        assertThat(detail.at("/history/0/user").isNull()).isTrue();
    }

    @Test
    void countsAHitOnceHoweverOftenItComesAndInWhateverSpelling() {
        CorrelationHit hit = hit("repeat", "k");
        accept(hit, hit);
        accept(hit);
        core.restart();
        accept(hit);
        String uuid = hit.id().replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
        accept(new CorrelationHit(
                uuid, "repeat", "r", 1, 1, 1, 1, List.of(), List.of(), List.of(), "k", List.of(), "", "{}", false));
        assertThat(onlyAlertOf("repeat").path("count").asInt()).isEqualTo(1);
        assertThat(onlyAlertOf("repeat").path("version").asInt()).isEqualTo(1);
    }

    @Test
    void countsEveryHitOnceWhenManyDeliverTheSameInDifferentOrder() throws Exception {
        List<CorrelationHit> hits = new ArrayList<>(
                IntStream.range(0, 200).mapToObj(i -> hit("race", "k" + i % 5)).toList());
        long seed = 4711;
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < 6; thread++) {
                Random random = new Random(seed + thread);
                all.add(threads.submit(() -> {
                    List<CorrelationHit> mine = new ArrayList<>(hits);
                    Collections.shuffle(mine, random);
                    for (int from = 0; from < mine.size(); from += 17) {
                        core.server().alerts().accept(mine.subList(from, Math.min(from + 17, mine.size())));
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        JsonNode alerts = alertsOf("race");
        assertThat(alerts.size()).isEqualTo(5);
        alerts.forEach(alert -> assertThat(alert.path("count").asInt()).isEqualTo(40));
    }

    @Test
    void takesNothingOfABatchThatFails() {
        CorrelationHit good = hit("atomic", "k");
        List<CorrelationHit> batch = new ArrayList<>(List.of(good));
        batch.add(null);
        assertThatThrownBy(() -> core.server().alerts().accept(batch)).isInstanceOf(RuntimeException.class);
        assertThat(alertsOf("atomic").size()).isZero();
        accept(good);
        assertThat(onlyAlertOf("atomic").path("count").asInt()).isEqualTo(1);
    }

    @Test
    void givesAnAlertTheSameIdentifierOnEveryMachineThatSeesTheSameHits(@TempDir Path other) {
        CorrelationHit hit = hit("same", "k");
        accept(hit);
        try (TestCore second = new TestCore(other)) {
            second.server().alerts().accept(List.of(hit));
            JsonNode there = second.admin().get("/api/v1/alerts").json().at("/items/0/id");
            assertThat(there).isEqualTo(onlyAlertOf("same").path("id"));
        }
    }

    @Test
    void passesOverHitsThatWantNoAlert() {
        CorrelationHit hit = hit("quiet", "k");
        accept(new CorrelationHit(
                hit.id(), "quiet", "q", 1, 1, 1, 1, List.of(), List.of(), List.of(), "", List.of(), "", "{}", true));
        assertThat(alertsOf("quiet").size()).isZero();
    }

    @Test
    void opensANewAlertAfterClosingAndAfterTwoWeeks() {
        accept(hit("refill", "k"));
        JsonNode first = onlyAlertOf("refill");
        assertThat(patch(first, "\"status\":\"assigned\"").status()).isEqualTo(200);
        accept(hit("refill", "k"));
        JsonNode assigned = onlyAlertOf("refill");
        assertThat(assigned.path("count").asInt()).isEqualTo(2);
        assertThat(patch(assigned, "\"status\":\"closed\",\"closingReason\":\"responded\"")
                        .status())
                .isEqualTo(200);
        accept(hit("refill", "k"));
        assertThat(alertsOf("refill").size()).isEqualTo(2);
        core.clock.advanceMillis(TimeUnit.HOURS.toMillis(336) - 1);
        accept(hit("refill", "k"));
        assertThat(alertsOf("refill").size()).isEqualTo(2);
        core.clock.advanceMillis(1);
        accept(hit("refill", "k"));
        assertThat(alertsOf("refill").size()).isEqualTo(3);
    }

    @Test
    void raisesThePriorityWithTheRuleUntilAPersonSetsIt() {
        CorrelationHit low = hit("priority", "k");
        accept(low);
        accept(with(hit("priority", "k"), 3, List.of(), "{}"));
        accept(with(hit("priority", "k"), 1, List.of(), "{}"));
        JsonNode alert = onlyAlertOf("priority");
        assertThat(alert.path("priority").asInt()).isEqualTo(3);
        assertThat(alert.path("rulePriority").asInt()).isEqualTo(3);
        assertThat(alert.path("priorityManual").asBoolean()).isFalse();
        Client.Answer lower = patch(alert, "\"priority\":2");
        assertThat(lower.status()).isEqualTo(400);
        assertThat(lower.json().at("/errors/0/field").asString()).isEqualTo("priority");
        assertThat(patch(alert, "\"priority\":5").status()).isEqualTo(400);
        JsonNode set = patch(alert, "\"priority\":3").json();
        assertThat(set.path("priorityManual").asBoolean()).isTrue();
        accept(with(hit("priority", "k"), 4, List.of(), "{}"));
        assertThat(onlyAlertOf("priority").path("priority").asInt()).isEqualTo(3);
        assertThat(onlyAlertOf("priority").path("rulePriority").asInt()).isEqualTo(4);
    }

    @Test
    void keepsTenThousandEventsAndCountsTheRest() {
        List<String> base = IntStream.range(0, 4_000)
                .mapToObj(i -> String.format("0192e1a0-0000-7000-8000-%012x", i))
                .toList();
        for (int i = 0; i < 4; i++) {
            accept(with(hit("flood", "k"), 2, base, "{}"));
        }
        JsonNode alert = onlyAlertOf("flood");
        assertThat(alert.path("count").asInt()).isEqualTo(4);
        assertThat(alert.path("overflow").asBoolean()).isTrue();
        int kept = 0;
        for (JsonNode event : detail(alert).path("events")) {
            kept += 1 + event.path("baseEventIds").size();
        }
        assertThat(kept).isEqualTo(10_000);
    }

    @Test
    void answersWellFormedJsonWhateverTheFieldsOfAHitAre() {
        for (String fields : List.of("", "[]", "{\"a\":", "\"text\"", "{\"a\":\"\\ud800\"}", "[".repeat(3_000))) {
            accept(with(hit("odd", fields), 2, List.of(), fields));
        }
        for (JsonNode alert : alertsOf("odd")) {
            assertThat(detail(alert).at("/events/0/fields").isObject()).isTrue();
        }
        assertThatThrownBy(() -> with(hit("odd", "x"), 9, List.of(), "{}"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void assignsClosesAndReopens() {
        accept(hit("work", "k"));
        String me = core.admin().get("/api/v1/session").json().at("/user/id").asString();
        JsonNode alert = onlyAlertOf("work");

        JsonNode assigned = patch(alert, "\"assignee\":\"" + me + "\"").json();
        assertThat(assigned.path("status").asString()).isEqualTo("assigned");
        assertThat(assigned.at("/assignee/login").asString()).isEqualTo("admin");

        assertThat(patch(assigned, "\"status\":\"closed\"")
                        .json()
                        .at("/errors/0/field")
                        .asString())
                .isEqualTo("closingReason");
        JsonNode closed = patch(assigned, "\"status\":\"closed\",\"closingReason\":\"incorrect-rule\"")
                .json();
        assertThat(closed.path("closingReason").asString()).isEqualTo("incorrect-rule");
        assertThat(closed.at("/assignee/login").asString()).isEqualTo("admin");

        JsonNode reopened = patch(closed, "\"status\":\"assigned\"").json();
        assertThat(reopened.path("closingReason").isNull()).isTrue();
        JsonNode free = patch(reopened, "\"assignee\":null").json();
        assertThat(free.path("status").asString()).isEqualTo("new");
        assertThat(free.path("assignee").isNull()).isTrue();

        assertThat(detail(alert).path("history"))
                .extracting(change -> change.path("change").asString() + ": "
                        + change.path("from").asString("-") + " → "
                        + change.path("to").asString("-"))
                .containsExactly(
                        "created: - → -",
                        "assignee: - → admin",
                        "status: new → assigned",
                        "status: assigned → closed: incorrect-rule",
                        "status: closed: incorrect-rule → assigned",
                        "assignee: admin → -",
                        "status: assigned → new");
    }

    @Test
    void refusesChangesThatMakeNoSense() {
        accept(hit("nonsense", "k"));
        JsonNode alert = onlyAlertOf("nonsense");
        String[] changes = {
            "\"assignee\":\"nobody\"",
            "\"assignee\":7",
            "\"status\":\"done\"",
            "\"status\":\"assigned\",\"assignee\":null",
            "\"closingReason\":\"responded\"",
            "\"status\":\"closed\",\"closingReason\":\"bored\"",
            "\"priority\":\"high\"",
            "\"colour\":\"red\""
        };
        for (String change : changes) {
            Client.Answer answer = patch(alert, change);
            assertThat(answer.status()).as(change + answer.body()).isEqualTo(400);
            assertThat(answer.json().path("errors").size()).as(answer.body()).isEqualTo(1);
        }
        String path = "/api/v1/alerts/" + alert.path("id").asString();
        assertThat(core.admin()
                        .patch(path, "{\"status\":\"assigned\"}")
                        .json()
                        .at("/errors/0/field")
                        .asString())
                .isEqualTo("version");
        assertThat(onlyAlertOf("nonsense")).isEqualTo(alert);
    }

    @Test
    void refusesChangesToAnAlertThatHasChangedMeanwhile() {
        accept(hit("stale", "k"));
        JsonNode seen = onlyAlertOf("stale");
        assertThat(patch(seen, "\"status\":\"assigned\"").status()).isEqualTo(200);
        Client.Answer late = patch(seen, "\"status\":\"closed\",\"closingReason\":\"responded\"");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("TOCSIN-1008");
        JsonNode now = onlyAlertOf("stale");
        accept(hit("stale", "k"));
        assertThat(patch(now, "\"status\":\"new\"").status()).isEqualTo(409);
    }

    @Test
    void letsOnlyOneOfManySimultaneousChangesWin() throws Exception {
        accept(hit("duel", "k"));
        JsonNode alert = onlyAlertOf("duel");
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(threads.submit(
                        () -> patch(alert, "\"status\":\"assigned\"").status()));
            }
            for (Future<Integer> one : all) {
                statuses.add(one.get(30, TimeUnit.SECONDS));
            }
        }
        assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 409);
    }

    @Test
    void keepsComments() {
        accept(hit("talk", "k"));
        String path = "/api/v1/alerts/" + onlyAlertOf("talk").path("id").asString();
        Client.Answer made = core.browser().post(path + "/comments", "{\"text\":\" <b>looks</b> bad\\nвот \"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.json().path("text").asString()).isEqualTo("<b>looks</b> bad\nвот");
        assertThat(made.json().at("/author/login").asString()).isEqualTo("admin");
        JsonNode comments = core.admin().get(path).json().path("comments");
        assertThat(comments.path(0)).isEqualTo(made.json());
        assertThat(core.admin().post(path + "/comments", "{\"text\":\"  \"}").status())
                .isEqualTo(400);
        assertThat(core.admin()
                        .post("/api/v1/alerts/none/comments", "{\"text\":\"x\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void pagesTheQueueWithoutGapsOrRepeatsWhileNewAlertsArrive() {
        for (int i = 0; i < 25; i++) {
            accept(hit("pages", "k" + i));
        }
        List<String> before = ids(alertsOf("pages"));
        List<String> seen = new ArrayList<>();
        String next = "";
        int round = 0;
        do {
            JsonNode page = core.admin()
                    .get("/api/v1/alerts?rule=pages&limit=4&cursor=" + next)
                    .json();
            seen.addAll(ids(page.path("items")));
            next = page.path("next").asString("");
            accept(hit("pages", "new" + round++));
        } while (!next.isEmpty());
        assertThat(seen).doesNotHaveDuplicates().isEqualTo(before);
    }

    private static List<String> ids(JsonNode alerts) {
        List<String> ids = new ArrayList<>();
        alerts.forEach(alert -> ids.add(alert.path("id").asString()));
        return ids;
    }

    @Test
    void filtersTheQueue() {
        accept(hit("filter-a", "1"), hit("filter-a", "2"), with(hit("filter-b", "1"), 4, List.of(), "{}"));
        JsonNode first = alertsOf("filter-a").path(0);
        assertThat(patch(first, "\"status\":\"assigned\"").status()).isEqualTo(200);
        String rules = "rule=filter-a,filter-b";
        checkCount(rules, 3);
        checkCount(rules + "&status=assigned", 1);
        checkCount(rules + "&status=new,assigned", 3);
        checkCount(rules + "&priority=4", 1);
        checkCount(rules + "&priority=3,4", 1);
        checkCount(rules + "&assignee=me", 1);
        checkCount(rules + "&assignee=none", 2);
        checkCount(rules + "&assignee=none,me", 3);
        checkCount(rules + "&q=FILTER-B", 1);
        checkCount(rules + "&q=%25", 0);
        checkCount(rules + "&q=kind", 0);
        checkCount(rules + "&q=ROOT", 3);
        long seen = first.path("lastSeen").asLong();
        checkCount(rules + "&from=" + seen + "&to=" + (seen + 1), 1);
        JsonNode counts =
                core.admin().get("/api/v1/alerts?status=closed&" + rules).json().path("counts");
        assertThat(counts.toString()).isEqualTo("{\"new\":2,\"assigned\":1,\"closed\":0}");
        for (String bad : List.of("status=open", "priority=5", "from=x", "limit=0", "limit=501", "cursor=!!!!")) {
            Client.Answer answer = core.admin().get("/api/v1/alerts?" + bad);
            assertThat(answer.status()).as(bad).isEqualTo(400);
            assertThat(answer.json().at("/errors/0/field").asString()).isEqualTo(bad.substring(0, bad.indexOf('=')));
        }
    }

    private static void checkCount(String query, int alerts) {
        assertThat(core.admin()
                        .get("/api/v1/alerts?" + query)
                        .json()
                        .path("items")
                        .size())
                .as(query)
                .isEqualTo(alerts);
    }

    @Test
    void pagesTheEventsOfAnAlert() {
        for (int i = 0; i < 12; i++) {
            accept(hit("events", "k"));
        }
        String path = "/api/v1/alerts/" + onlyAlertOf("events").path("id").asString();
        List<String> seen = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = core.admin().get(path + "?limit=5&cursor=" + next).json();
            seen.addAll(ids(page.path("events")));
            next = page.path("eventsNext").asString("");
        } while (!next.isEmpty());
        assertThat(seen).hasSize(12).doesNotHaveDuplicates().isSortedAccordingTo(Collections.reverseOrder());
    }
}
