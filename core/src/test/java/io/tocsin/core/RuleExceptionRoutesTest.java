package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.core.alert.CorrelationHit;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class RuleExceptionRoutesTest {
    private static final String PATH = "/api/v1/exceptions";
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

    private static void find(String rule, String user) {
        long time = core.clock.millis();
        core.server()
                .alerts()
                .accept(List.of(new CorrelationHit(
                        String.format("%032x", NEXT.incrementAndGet()),
                        rule,
                        "Rule " + rule,
                        2,
                        time,
                        time,
                        time,
                        List.of(),
                        List.of(),
                        List.of(),
                        "",
                        List.of(),
                        "summary",
                        "{\"SourceUserName\":\"" + user + "\",\"GroupedBy\":[\"a\",\"b\"],\"Extra\":{\"x\":\"y\"}}",
                        false)));
    }

    private static long alerts(String rule) {
        JsonNode items = core.admin().get("/api/v1/alerts?rule=" + rule).json().path("items");
        return items.isEmpty() ? 0 : items.path(0).path("count").asLong(0);
    }

    private static Client.Answer except(String rule, String fields, long forMillis) {
        return core.admin()
                .post(
                        PATH,
                        "{\"ruleId\":\"" + rule + "\",\"fields\":" + fields
                                + ",\"reason\":\"known scanner\",\"expiresAt\":" + (core.clock.millis() + forMillis)
                                + "}");
    }

    private static JsonNode listed(String rule) {
        return core.admin()
                .get(PATH)
                .json()
                .path("items")
                .valueStream()
                .filter(each -> each.path("ruleId").asString("").equals(rule))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void keepsWhatItNamesFromBecomingAnAlertUntilItExpires() {
        assertThat(except("until", "{\"SourceUserName\":\"root\"}", 60_000).status())
                .isEqualTo(201);
        find("until", "root");
        find("until", "root");
        find("until", "eve");
        find("other", "root");
        assertThat(alerts("until")).isEqualTo(1);
        assertThat(alerts("other")).isEqualTo(1);
        assertThat(listed("until").path("hits").asLong(0)).isEqualTo(2);
        assertThat(listed("until").path("reason").asString("")).isEqualTo("known scanner");

        core.clock.advanceMillis(60_000);
        find("until", "root");
        assertThat(alerts("until")).isEqualTo(2);
    }

    @Test
    void muteWholeRulesAndLooksIntoListsAndExtraFields() {
        except("whole", "{}", 60_000);
        find("whole", "root");
        assertThat(alerts("whole")).isZero();
        except("list", "{\"GroupedBy\":\"b\",\"Extra.x\":\"y\"}", 60_000);
        find("list", "root");
        assertThat(alerts("list")).isZero();
        except("partly", "{\"GroupedBy\":\"b\",\"Extra.x\":\"z\"}", 60_000);
        find("partly", "root");
        assertThat(alerts("partly")).isEqualTo(1);
    }

    @Test
    void endsWhenItIsRemovedAndIsAudited() {
        String id = except("removed", "{}", 60_000).json().path("id").asString("");
        assertThat(core.admin().delete(PATH + "/" + id).status()).isEqualTo(204);
        assertThat(core.admin().delete(PATH + "/" + id).status()).isEqualTo(404);
        find("removed", "root");
        assertThat(alerts("removed")).isEqualTo(1);
        String audit = core.admin().get("/api/v1/audit").body();
        assertThat(audit).contains("exception-added", "exception-removed", "known scanner");
    }

    @Test
    void demandsAReasonAndAnEndWithinAYear() {
        assertThat(core.admin()
                        .post(PATH, "{\"ruleId\":\"x\",\"reason\":\"y\"}")
                        .status())
                .isEqualTo(400);
        assertThat(core.admin()
                        .post(PATH, "{\"ruleId\":\"x\",\"expiresAt\":1790000100000}")
                        .status())
                .isEqualTo(400);
        assertThat(except("x", "{}", -1).status()).isEqualTo(400);
        assertThat(except("x", "{}", 400L * 86_400_000).status()).isEqualTo(400);
    }
}
