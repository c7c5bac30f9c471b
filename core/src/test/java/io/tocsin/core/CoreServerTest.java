package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CoreServerTest {
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
    void writesTheFirstPasswordAndTokenForTheOwnerOnly() throws IOException {
        for (String name : new String[] {"admin.password", "admin.token", "tls/core.p12", "tls/core.password"}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
        assertThat(core.file("admin.password")).hasSize(24);
    }

    @Test
    void tellsThatItIsUpAndReadyWithoutSignIn() {
        assertThat(core.stranger().get("/healthz").json().path("status").asString())
                .isEqualTo("up");
        Client.Answer ready = core.stranger().get("/readyz");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.json().at("/checks/database").asString()).isEqualTo("up");
        assertThat(ready.json().at("/checks/storage").asString()).isEqualTo("up");
    }

    @Test
    void servesMetricsInOpenMetricsFormat() {
        core.stranger().get("/healthz");
        Client.Answer metrics = core.stranger().get("/metrics");
        assertThat(metrics.header("Content-Type").orElseThrow())
                .startsWith("application/openmetrics-text;version=1.0.0");
        assertThat(metrics.body())
                .contains("tocsin_core_http_requests_total{method=\"GET\",status=\"200\"}")
                .contains("tocsin_service_up{service=\"collector-1\"} 1")
                .contains("tocsin_collector_received_events_total 7\n")
                .endsWith("# EOF\n");
    }

    @Test
    void answersProblemsForEverythingThatIsWrongAndNeverAStackTrace() {
        Client admin = core.admin();
        check(admin.get("/api/v1/nothing"), 404, "TOCSIN-1007");
        check(admin.get("/api"), 404, "TOCSIN-1007");
        check(admin.get("/api/v1/alerts/none"), 404, "TOCSIN-1007");
        check(admin.send("PUT", "/api/v1/alerts", "{}"), 405, "TOCSIN-1006");
        check(admin.send("POST", "/api/v1/events/search", "a=b", "Content-Type", "text/plain"), 415, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", "{\"sql\":"), 400, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", ""), 400, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", "[1]"), 400, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", "null"), 400, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", "{\"sql\":\"x\",\"sql\":\"y\"}"), 400, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", "[".repeat(5_000)), 400, "TOCSIN-1006");
        check(admin.post("/api/v1/events/search", "{\"sql\":\"" + "x".repeat(2 << 20) + "\"}"), 413, "TOCSIN-1006");
        check(admin.get("/api/v1/alerts?limit=x"), 400, "TOCSIN-1006");
        check(admin.get("/api/v1/alerts?cursor=%00"), 400, "TOCSIN-1006");
        check(core.stranger().get("/api/v1/alerts"), 401, "TOCSIN-1009");
        check(core.stranger().withToken("tocsin_wrong").get("/api/v1/alerts"), 401, "TOCSIN-1009");
        check(admin.get("/api/v1/alerts;x=1"), 400, "TOCSIN-1006");
        check(admin.get("/api/v1/%2e%2e/x"), 400, "TOCSIN-1006");
        check(admin.send("GET", "/api/v1/alerts", null, "X-Long", "x".repeat(20_000)), 431, "TOCSIN-1006");
    }

    private static void check(Client.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type").orElse("none")).startsWith("application/problem+json");
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
        assertThat(answer.json().path("title").asString("")).isNotEmpty();
        assertThat(answer.json().path("detail").asString("")).isNotEmpty();
        assertThat(answer.body()).doesNotContain("Exception", "org.springframework", "\tat ");
    }

    @Test
    void sendsTheHeadersThatKeepBrowsersSafe() {
        for (String path : new String[] {"/", "/api/v1/alerts", "/healthz"}) {
            Client.Answer answer = core.stranger().get(path);
            assertThat(answer.header("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'")
                    .doesNotContain("script-src");
            assertThat(answer.header("Strict-Transport-Security").orElseThrow()).contains("max-age=31536000");
            assertThat(answer.header("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.header("X-Frame-Options")).contains("DENY");
            assertThat(answer.header("Referrer-Policy")).contains("no-referrer");
            assertThat(answer.header("Server")).isEmpty();
        }
        assertThat(core.admin().get("/api/v1/alerts").header("Cache-Control")).contains("no-store");
    }
}
