package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Serves the small web interface in `src/test/resources/web`, which hides the real one in tests.
final class WebFilesTest {
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
    void servesTheStartPageForEveryScreenAndAsksForItAnew() {
        for (String path :
                new String[] {"/", "/alerts", "/alerts/0192e1a0-0000-7000-8000-00000000000a", "/index.html"}) {
            Client.Answer page = core.stranger().get(path);
            assertThat(page.status()).as(path).isEqualTo(200);
            assertThat(page.body()).contains("start page of the test");
            assertThat(page.header("Content-Type").orElseThrow()).startsWith("text/html");
            assertThat(page.header("Cache-Control")).contains("no-cache");
        }
    }

    @Test
    void letsBrowsersKeepFilesWithAHashInTheirName() {
        Client.Answer script = core.stranger().get("/assets/app-0a1b2c3d.js");
        assertThat(script.status()).isEqualTo(200);
        assertThat(script.header("Cache-Control")).contains("max-age=31536000, public, immutable");
        assertThat(script.header("Content-Type").orElseThrow()).contains("javascript");
        assertThat(script.header("X-Content-Type-Options")).contains("nosniff");
    }

    @Test
    void compressesScriptsForClientsThatCanTakeIt() {
        Client.Answer plain = core.stranger().get("/assets/app-0a1b2c3d.js");
        Client.Answer gzip = core.stranger().send("GET", "/assets/app-0a1b2c3d.js", null, "Accept-Encoding", "gzip");
        assertThat(plain.header("Content-Encoding")).isEmpty();
        assertThat(gzip.header("Content-Encoding")).contains("gzip");
        assertThat(gzip.body().length()).isLessThan(plain.body().length() / 4);
    }

    @Test
    void answersProblemsForFilesThatAreNotThere() {
        for (String path : new String[] {"/assets/none.js", "/none.js", "/openapi.json", "/assets/"}) {
            assertThat(core.stranger().get(path).status()).as(path).isEqualTo(404);
        }
        for (String path : new String[] {"/", "/alerts"}) {
            Client.Answer refused = core.stranger().post(path, "{}");
            assertThat(refused.status()).isEqualTo(405);
            assertThat(refused.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
        }
    }

    @Test
    void servesNothingFromOutsideItsFolder() {
        String[] paths = {
            "/..%2fopenapi.json",
            "/assets/..%2f..%2fopenapi.json",
            "/%2e%2e/logback.xml",
            "/assets/..%5c..%5clogback.xml",
            "/web/../logback.xml%00.js"
        };
        for (String path : paths) {
            Client.Answer answer = core.stranger().get(path);
            assertThat(answer.status()).as(path).isBetween(400, 404);
            assertThat(answer.header("Content-Type").orElseThrow()).as(path).startsWith("application/problem+json");
        }
    }
}
