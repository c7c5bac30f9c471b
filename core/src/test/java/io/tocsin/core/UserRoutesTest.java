package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class UserRoutesTest {
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
    void signsInWithTheGeneratedPasswordAndOutAgain() {
        Client browser = core.stranger();
        Client.Answer answer = browser.post("/api/v1/session", TestCore.login("admin", core.file("admin.password")));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().at("/user/login").asString()).isEqualTo("admin");
        assertThat(answer.json().at("/user/role").asString()).isEqualTo("admin");
        assertThat(answer.headers("Set-Cookie")).hasSize(2);
        assertThat(answer.headers("Set-Cookie"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("TOCSIN_SESSION=")
                        .contains("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("TOCSIN_CSRF=")
                        .contains("; Secure", "; SameSite=Strict")
                        .doesNotContain("HttpOnly"));

        JsonNode session = browser.get("/api/v1/session").json();
        assertThat(session.at("/user/login").asString()).isEqualTo("admin");
        assertThat(session.path("csrf").asString()).isEqualTo(browser.cookies().get("TOCSIN_CSRF"));

        String secret = browser.cookies().get("TOCSIN_SESSION");
        assertThat(browser.delete("/api/v1/session").status()).isEqualTo(204);
        assertThat(browser.cookies()).isEmpty();
        browser.cookies().put("TOCSIN_SESSION", String.valueOf(secret));
        assertThat(browser.get("/api/v1/session").status()).isEqualTo(401);
    }

    @Test
    void refusesWrongPasswordsAlikeForKnownAndUnknownLogins() {
        Client stranger = core.stranger();
        Client.Answer known = stranger.post("/api/v1/session", TestCore.login("ADMIN", "wrong"));
        Client.Answer unknown = stranger.post("/api/v1/session", TestCore.login("nobody", "wrong"));
        assertThat(known.status()).isEqualTo(401);
        assertThat(known.body()).isEqualTo(unknown.body());
        assertThat(stranger.post("/api/v1/session", "{\"login\":\"\"}").json().path("errors"))
                .extracting(error -> error.path("field").asString())
                .containsExactly("login", "password");
    }

    @Test
    void stopsGuessingAfterTenFailuresAMinuteAndOnlyForThatLogin() {
        Client stranger = core.stranger();
        for (int i = 0; i < 10; i++) {
            assertThat(stranger.post("/api/v1/session", TestCore.login("victim", "guess " + i))
                            .status())
                    .isEqualTo(401);
        }
        Client.Answer refused = stranger.post("/api/v1/session", TestCore.login("Victim", "guess"));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("TOCSIN-1011");
        assertThat(refused.header("Retry-After")).contains("60");
        assertThat(stranger.post("/api/v1/session", TestCore.login("other", "guess"))
                        .status())
                .isEqualTo(401);
        core.clock.advanceMillis(60_000);
        assertThat(stranger.post("/api/v1/session", TestCore.login("victim", "guess"))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void demandsTheCsrfHeaderOfTheSameSessionForChangesByCookie() {
        Client browser = core.browser();
        String body = "{\"name\":\"by cookie\"}";
        Client forged = core.stranger().withoutCsrf();
        forged.cookies().putAll(browser.cookies());
        Client.Answer refused = forged.post("/api/v1/tokens", body);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("TOCSIN-1010");
        String other = String.valueOf(core.browser().cookies().get("TOCSIN_CSRF"));
        assertThat(forged.send("POST", "/api/v1/tokens", body, "X-CSRF-Token", other)
                        .status())
                .isEqualTo(403);
        assertThat(forged.delete("/api/v1/session").status()).isEqualTo(403);
        assertThat(forged.get("/api/v1/tokens").status()).isEqualTo(200);
        assertThat(browser.post("/api/v1/tokens", body).status()).isEqualTo(201);
    }

    @Test
    void refusesSignInFromOtherSites() {
        String login = TestCore.login("admin", core.file("admin.password"));
        assertThat(core.stranger()
                        .send("POST", "/api/v1/session", login, "Sec-Fetch-Site", "cross-site")
                        .status())
                .isEqualTo(403);
        assertThat(core.stranger()
                        .send("POST", "/api/v1/session", login, "Sec-Fetch-Site", "same-origin")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void endsSessionsThatAreIdleForTwelveHours() {
        Client browser = core.browser();
        core.clock.advanceMillis(11 * 3_600_000L);
        assertThat(browser.get("/api/v1/session").status()).isEqualTo(200);
        core.clock.advanceMillis(11 * 3_600_000L);
        assertThat(browser.get("/api/v1/session").status()).isEqualTo(200);
        core.clock.advanceMillis(12 * 3_600_000L + 1);
        assertThat(browser.get("/api/v1/session").status()).isEqualTo(401);
    }

    @Test
    void keepsUsersSignedInAcrossARestart() {
        Client before = core.browser();
        String token = core.admin()
                .post("/api/v1/tokens", "{\"name\":\"survivor\"}")
                .json()
                .path("secret")
                .asString();
        core.restart();
        Client after = core.stranger();
        after.cookies().putAll(before.cookies());
        assertThat(after.get("/api/v1/session").status()).isEqualTo(200);
        assertThat(after.post("/api/v1/tokens", "{\"name\":\"after\"}").status())
                .isEqualTo(201);
        assertThat(core.stranger().withToken(token).get("/api/v1/session").status())
                .isEqualTo(200);
    }

    @Test
    void makesListsAndDeletesTokensAndShowsTheSecretOnce() {
        Client admin = core.admin();
        Client.Answer made = admin.post("/api/v1/tokens", "{\"name\":\" script \",\"expiresAt\":null}");
        assertThat(made.status()).isEqualTo(201);
        String secret = made.json().path("secret").asString();
        String id = made.json().path("id").asString();
        assertThat(made.json().path("name").asString()).isEqualTo("script");
        assertThat(core.stranger().withToken(secret).get("/api/v1/session").status())
                .isEqualTo(200);
        Client.Answer list = admin.get("/api/v1/tokens");
        assertThat(list.body()).contains(id).doesNotContain(secret);
        assertThat(admin.delete("/api/v1/tokens/" + id).status()).isEqualTo(204);
        assertThat(admin.delete("/api/v1/tokens/" + id).status()).isEqualTo(404);
        assertThat(core.stranger().withToken(secret).get("/api/v1/session").status())
                .isEqualTo(401);
    }

    @Test
    void refusesExpiredTokens() {
        long now = core.clock.millis();
        Client admin = core.admin();
        String secret = admin.post("/api/v1/tokens", "{\"name\":\"short\",\"expiresAt\":" + (now + 1_000) + "}")
                .json()
                .path("secret")
                .asString();
        assertThat(core.stranger().withToken(secret).get("/api/v1/users").status())
                .isEqualTo(200);
        core.clock.advanceMillis(1_000);
        assertThat(core.stranger().withToken(secret).get("/api/v1/users").status())
                .isEqualTo(401);
        Client.Answer past = admin.post("/api/v1/tokens", "{\"name\":\"past\",\"expiresAt\":1}");
        assertThat(past.status()).isEqualTo(400);
        assertThat(past.json().at("/errors/0/field").asString()).isEqualTo("expiresAt");
    }

    @Test
    void pagesTokensWithoutGapsOrRepeats() {
        Client admin = core.admin();
        for (int i = 0; i < 7; i++) {
            admin.post("/api/v1/tokens", "{\"name\":\"page " + i + "\"}");
        }
        List<String> seen = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = admin.get("/api/v1/tokens?limit=3&cursor=" + next).json();
            page.path("items").forEach(item -> seen.add(item.path("id").asString()));
            next = page.path("next").asString("");
        } while (!next.isEmpty());
        Set<String> whole = new HashSet<>();
        admin.get("/api/v1/tokens")
                .json()
                .path("items")
                .forEach(item -> whole.add(item.path("id").asString()));
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(whole);
    }

    @Test
    void keepsNoSecretInTheDatabase() throws SQLException {
        core.browser();
        try (Connection connection = database();
                PreparedStatement select = connection.prepareStatement(
                        "SELECT group_concat(secret_hash) FROM (SELECT secret_hash FROM token UNION ALL SELECT secret_hash FROM session)");
                var row = select.executeQuery()) {
            row.next();
            assertThat(row.getString(1))
                    .doesNotContain(core.file("admin.token"))
                    .matches("[0-9a-f,]+");
        }
    }

    @Test
    void letsViewersLookAtAlertsButNotChangeThem() throws SQLException {
        String secret = "tocsin_viewer";
        try (Connection connection = database();
                PreparedStatement account = connection.prepareStatement(
                        "INSERT INTO account (id, login, name, role, password_hash, created_at) VALUES ('viewer-1', 'viewer', 'Viewer', 'viewer', '00', 1)");
                PreparedStatement token = connection.prepareStatement(
                        "INSERT INTO token VALUES ('token-1', lower(hex(?)), 'viewer-1', 'test', 1, NULL, NULL)")) {
            account.executeUpdate();
            token.setBytes(1, sha256(secret));
            token.executeUpdate();
        }
        Client viewer = core.stranger().withToken(secret);
        assertThat(viewer.get("/api/v1/alerts").status()).isEqualTo(200);
        assertThat(viewer.patch("/api/v1/alerts/x", "{\"version\":1}").code()).isEqualTo("TOCSIN-1010");
        assertThat(viewer.post("/api/v1/alerts/x/comments", "{\"text\":\"x\"}").status())
                .isEqualTo(403);
        assertThat(viewer.delete("/api/v1/tokens/" + anyTokenOf(core.admin())).status())
                .isEqualTo(404);
        assertThat(viewer.get("/api/v1/users").json().path("items"))
                .extracting(user -> user.path("login").asString())
                .containsExactly("admin", "viewer");
    }

    private static String anyTokenOf(Client client) {
        return client.get("/api/v1/tokens").json().at("/items/0/id").asString();
    }

    private static byte[] sha256(String text) {
        try {
            return java.security.MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Connection database() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("core/tocsin.sqlite"));
    }
}
