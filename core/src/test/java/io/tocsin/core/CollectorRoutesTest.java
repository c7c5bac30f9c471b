package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class CollectorRoutesTest {
    private static final String COLLECTOR = "/api/v1/collectors/syslog%20tcp";

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

    @Test
    void listsCollectorsWithTheirStages() {
        JsonNode collector =
                core.admin().get("/api/v1/collectors").json().path("items").path(0);
        assertThat(collector.path("name").asString()).isEqualTo(TestCollectors.NAME);
        assertThat(collector.path("status").asString()).isEqualTo("up");
        JsonNode stages = core.admin().get(COLLECTOR + "/stages").json().path("items");
        assertThat(stages.path(0).path("dropped").path("queue full").asLong()).isEqualTo(1);
        assertThat(stages.path(0).path("millis").isNull()).isTrue();
        assertThat(stages.path(1).path("millis").asDouble()).isEqualTo(12.5);
    }

    @Test
    void showsASourceWithItsFailures() {
        JsonNode list = core.admin().get(COLLECTOR + "/sources").json();
        assertThat(list.path("forgottenSources").asLong()).isEqualTo(2);
        String id = list.path("items").path(0).path("id").asString();
        JsonNode detail = core.admin().get(COLLECTOR + "/sources/" + id).json();
        assertThat(detail.path("summary").path("successPercent").asDouble()).isEqualTo(90);
        assertThat(detail.path("fields").path(0).path("faded").asBoolean()).isTrue();
        assertThat(detail.path("failures").path(0).path("sample").asString()).isEqualTo("<13>\\xFF");
    }

    @Test
    void saysWhatIsNotThere() {
        for (String path : new String[] {
            "/api/v1/collectors/none/stages",
            "/api/v1/collectors/none/sources",
            "/api/v1/collectors/none/sources/" + TestCollectors.SOURCE,
            COLLECTOR + "/sources/none"
        }) {
            Client.Answer answer = core.admin().get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.json().path("detail").asString()).startsWith("there is no such ");
        }
    }

    @Test
    void showsTextOfEventsToNobodyWhoIsNotSignedIn() {
        for (String path : new String[] {
            "/api/v1/collectors",
            COLLECTOR + "/stages",
            COLLECTOR + "/sources",
            COLLECTOR + "/sources/" + TestCollectors.SOURCE
        }) {
            assertThat(core.stranger().get(path).status()).as(path).isEqualTo(401);
        }
    }
}
