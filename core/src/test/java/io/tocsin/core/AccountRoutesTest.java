package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class AccountRoutesTest {
    private static final String PASSWORD = "correct horse battery";
    private static final String OTHER = "staple and some more";

    @TempDir
    private Path folder;

    private TestCore core;

    @BeforeEach
    void start() {
        core = new TestCore(folder);
    }

    @AfterEach
    void stop() {
        core.close();
    }

    private static String account(String login, String role) {
        return "{\"login\":\"" + login + "\",\"role\":\"" + role + "\",\"password\":\"" + PASSWORD + "\"}";
    }

    private String made(String login, String role) {
        Client.Answer answer = core.admin().post("/api/v1/accounts", account(login, role));
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().path("id").asString();
    }

    private Client signedIn(String login, String password) {
        Client client = core.stranger();
        assertThat(client.post("/api/v1/session", TestCore.login(login, password))
                        .status())
                .isEqualTo(200);
        return client;
    }

    private int signIn(String login, String password) {
        return core.stranger()
                .post("/api/v1/session", TestCore.login(login, password))
                .status();
    }

    private List<String> audit() {
        List<String> entries = new ArrayList<>();
        for (JsonNode entry : core.admin().get("/api/v1/audit").json().path("items")) {
            entries.add(
                    entry.path("actor").asString() + " " + entry.path("action").asString() + " "
                            + entry.path("subject").asString());
        }
        return entries;
    }

    @Test
    void letsANewAnalystWorkAndNotAdministrate() {
        made("ann", "analyst");
        Client ann = signedIn("ann", PASSWORD);
        assertThat(ann.get("/api/v1/alerts").status()).isEqualTo(200);
        assertThat(ann.get("/api/v1/accounts").status()).isEqualTo(403);
        assertThat(ann.post("/api/v1/accounts", account("eve", "admin")).status())
                .isEqualTo(403);
        assertThat(ann.get("/api/v1/audit").status()).isEqualTo(403);
        assertThat(ann.patch("/api/v1/accounts/x", "{\"role\":\"admin\"}").status())
                .isEqualTo(403);
        assertThat(core.stranger().get("/api/v1/accounts").status()).isEqualTo(401);
        assertThat(audit()).contains("admin user-created ann", "ann signed-in ann");
    }

    @Test
    void refusesWeakPasswordsTakenLoginsAndUnknownRoles() {
        made("ann", "viewer");
        Client admin = core.admin();
        assertThat(admin.post("/api/v1/accounts", account("ANN", "viewer")).status())
                .isEqualTo(409);
        assertThat(admin.post("/api/v1/accounts", account("b", "root")).status())
                .isEqualTo(400);
        assertThat(admin.post("/api/v1/accounts", account("has space", "viewer"))
                        .status())
                .isEqualTo(400);
        for (String weak : List.of("short", "aaaaaaaaaaaaaaaa", "")) {
            assertThat(admin.post(
                                    "/api/v1/accounts",
                                    "{\"login\":\"c\",\"role\":\"viewer\",\"password\":\"" + weak + "\"}")
                            .status())
                    .isEqualTo(400);
        }
    }

    @Test
    void changingTheOwnPasswordSignsOutAllOtherBrowsers() {
        made("ann", "analyst");
        Client here = signedIn("ann", PASSWORD);
        Client elsewhere = signedIn("ann", PASSWORD);
        String change = "{\"current\":\"%s\",\"password\":\"" + OTHER + "\"}";
        Client.Answer wrong = here.put("/api/v1/session/password", change.formatted("not it at all"));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().at("/errors/0/field").asString()).isEqualTo("current");
        assertThat(elsewhere.get("/api/v1/session").status()).isEqualTo(200);
        assertThat(here.put("/api/v1/session/password", change.formatted(PASSWORD))
                        .status())
                .isEqualTo(204);
        assertThat(here.get("/api/v1/session").status()).isEqualTo(200);
        assertThat(elsewhere.get("/api/v1/session").status()).isEqualTo(401);
        assertThat(signIn("ann", PASSWORD)).isEqualTo(401);
        assertThat(signIn("ann", OTHER)).isEqualTo(200);
        assertThat(audit()).contains("ann password-changed ann");
    }

    @Test
    void disablingAnAccountEndsItsSessionsAndTokensAtOnce() {
        String id = made("ann", "analyst");
        Client browser = signedIn("ann", PASSWORD);
        String token = browser.post("/api/v1/tokens", "{\"name\":\"script\"}")
                .json()
                .path("secret")
                .asString();
        Client script = core.stranger().withToken(token);
        assertThat(script.get("/api/v1/session").status()).isEqualTo(200);
        assertThat(core.admin()
                        .patch("/api/v1/accounts/" + id, "{\"disabled\":true}")
                        .status())
                .isEqualTo(200);
        assertThat(browser.get("/api/v1/session").status()).isEqualTo(401);
        assertThat(script.get("/api/v1/session").status()).isEqualTo(401);
        assertThat(signIn("ann", PASSWORD)).isEqualTo(401);
        assertThat(core.admin().get("/api/v1/users").json().path("items").size())
                .isEqualTo(1);
        core.admin().patch("/api/v1/accounts/" + id, "{\"disabled\":false}");
        assertThat(signIn("ann", PASSWORD)).isEqualTo(200);
        assertThat(audit()).contains("admin user-disabled ann", "admin user-enabled ann");
    }

    @Test
    void settingThePasswordOfSomebodyElseAlsoTakesTheirTokens() {
        String id = made("ann", "analyst");
        Client browser = signedIn("ann", PASSWORD);
        String token = browser.post("/api/v1/tokens", "{\"name\":\"script\"}")
                .json()
                .path("secret")
                .asString();
        assertThat(core.admin()
                        .patch("/api/v1/accounts/" + id, "{\"password\":\"" + OTHER + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(browser.get("/api/v1/session").status()).isEqualTo(401);
        assertThat(core.stranger().withToken(token).get("/api/v1/session").status())
                .isEqualTo(401);
        assertThat(signIn("ann", OTHER)).isEqualTo(200);
    }

    @Test
    void keepsTheLastAdministrator() {
        JsonNode admin = core.admin().get("/api/v1/accounts").json().at("/items/0");
        String path = "/api/v1/accounts/" + admin.path("id").asString();
        assertThat(core.admin().patch(path, "{\"disabled\":true}").status()).isEqualTo(409);
        assertThat(core.admin().patch(path, "{\"role\":\"viewer\"}").status()).isEqualTo(409);
        assertThat(core.admin().patch(path, "{\"password\":\"" + OTHER + "\"}").status())
                .isEqualTo(400);
        made("second", "admin");
        assertThat(core.admin().patch(path, "{\"role\":\"analyst\"}").status()).isEqualTo(200);
        assertThat(core.admin().get("/api/v1/accounts").status()).isEqualTo(403);
    }
}
