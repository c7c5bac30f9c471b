package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.core.alert.CorrelationHit;
import io.tocsin.core.alert.Entity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

final class OpenApiTest {
    @TempDir
    private static Path folder;

    private static TestCore core;
    private static JsonNode document;

    @BeforeAll
    static void start() {
        core = new TestCore(folder);
        document = core.stranger().get("/api/openapi.json").json();
        core.server()
                .alerts()
                .accept(List.of(new CorrelationHit(
                        "0".repeat(32),
                        "rule",
                        "Rule",
                        2,
                        1_790_000_000_000L,
                        1_790_000_000_000L,
                        1_790_000_000_000L,
                        List.of(new Entity(Entity.Kind.HOST, "web-1")),
                        List.of("Execution"),
                        List.of("T1059"),
                        "",
                        List.of("0192e1a0-0000-7000-8000-00000000000a"),
                        "summary",
                        "{\"Name\":\"x\"}",
                        false)));
    }

    @AfterAll
    static void stop() {
        core.close();
    }

    @Test
    void isVersion31() {
        assertThat(document.path("openapi").asString()).isEqualTo("3.1.0");
    }

    @Test
    void describesExactlyTheRoutesThatThereAre() {
        TreeSet<String> described = new TreeSet<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        TreeSet<String> served = new TreeSet<>();
        for (RequestMappingInfo mapping : core.server()
                .context()
                .getBean(RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()) {
            mapping.getMethodsCondition()
                    .getMethods()
                    .forEach(method ->
                            mapping.getPatternValues().forEach(pattern -> served.add(method + " " + pattern)));
        }
        assertThat(described).isEqualTo(served);
    }

    @Test
    void pointsOnlyAtSchemasThatExist() {
        for (JsonNode reference : document.findValues("$ref")) {
            assertThat(document.at(reference.asString().substring(1)).isObject())
                    .as(reference.asString())
                    .isTrue();
        }
    }

    @Test
    void describesTheAnswersAsTheyAre() {
        Client browser = core.browser();
        String alert = browser.get("/api/v1/alerts").json().at("/items/0/id").asString();
        browser.post("/api/v1/alerts/" + alert + "/comments", "{\"text\":\"x\"}");
        check("get", "/api/v1/session", browser.get("/api/v1/session"));
        check("post", "/api/v1/tokens", browser.post("/api/v1/tokens", "{\"name\":\"x\"}"));
        check("get", "/api/v1/tokens", browser.get("/api/v1/tokens"));
        check("get", "/api/v1/users", browser.get("/api/v1/users"));
        Client.Answer account = browser.post(
                "/api/v1/accounts", "{\"login\":\"x\",\"role\":\"viewer\",\"password\":\"correct horse 12\"}");
        check("post", "/api/v1/accounts", account);
        check("get", "/api/v1/accounts", browser.get("/api/v1/accounts"));
        check(
                "patch",
                "/api/v1/accounts/{id}",
                browser.patch("/api/v1/accounts/" + account.json().path("id").asString(), "{\"disabled\":true}"));
        check("get", "/api/v1/audit", browser.get("/api/v1/audit"));
        check("post", "/api/v1/events/search", browser.post("/api/v1/events/search", "{\"sql\":\"SELECT 1\"}"));
        check("get", "/api/v1/events/fields", browser.get("/api/v1/events/fields"));
        check("get", "/api/v1/alerts", browser.get("/api/v1/alerts"));
        check(
                "patch",
                "/api/v1/alerts/{id}",
                browser.patch(
                        "/api/v1/alerts/" + alert,
                        "{\"status\":\"closed\",\"closingReason\":\"responded\",\"version\":1}"));
        check("get", "/api/v1/alerts/{id}", browser.get("/api/v1/alerts/" + alert));
        check(
                "post",
                "/api/v1/alerts/{id}/comments",
                browser.post("/api/v1/alerts/" + alert + "/comments", "{\"text\":\"x\"}"));
        Client.Answer held = browser.post(
                "/api/v1/alerts/" + alert + "/suppression", "{\"reason\":\"known\",\"expiresAt\":1790000100000}");
        check("post", "/api/v1/alerts/{id}/suppression", held);
        check("get", "/api/v1/alerts/{id}", browser.get("/api/v1/alerts/" + alert));
        check("get", "/api/v1/suppressions", browser.get("/api/v1/suppressions"));
        String suppression = held.json().path("id").asString();
        check("delete", "/api/v1/suppressions/{id}", browser.delete("/api/v1/suppressions/none"));
        browser.delete("/api/v1/suppressions/" + suppression);
        check("get", "/api/v1/responses/runs", browser.get("/api/v1/responses/runs"));
        check("get", "/api/v1/alerts/{id}/responses", browser.get("/api/v1/alerts/" + alert + "/responses"));
        check("get", "/api/v1/responses", browser.get("/api/v1/responses"));
        check("get", "/api/v1/services", browser.get("/api/v1/services"));
        check("get", "/api/v1/services/{id}/series", browser.get("/api/v1/services/collector-1/series"));
        check("get", "/api/v1/collectors", browser.get("/api/v1/collectors"));
        String collector = "/api/v1/collectors/syslog%20tcp";
        check("get", "/api/v1/collectors/{name}/stages", browser.get(collector + "/stages"));
        check("get", "/api/v1/collectors/{name}/sources", browser.get(collector + "/sources"));
        check(
                "get",
                "/api/v1/collectors/{name}/sources/{id}",
                browser.get(collector + "/sources/" + TestCollectors.SOURCE));
        check("get", "/api/v1/collectors/{name}/sources/{id}", browser.get(collector + "/sources/none"));
        check("get", "/api/v1/ledger", browser.get("/api/v1/ledger"));
        check("get", "/api/v1/rules", browser.get("/api/v1/rules"));
        check("get", "/api/v1/tables", browser.get("/api/v1/tables"));
        check("get", "/api/v1/tables/{name}", browser.get("/api/v1/tables/blocked"));
        check("get", "/api/v1/tables/{name}/entries", browser.get("/api/v1/tables/blocked/entries"));
        check(
                "put",
                "/api/v1/tables/{name}/entries",
                browser.put("/api/v1/tables/blocked/entries", "{\"key\":[\"a\"]}"));
        check("post", "/api/v1/tables/{name}/import", browser.send("POST", "/api/v1/tables/blocked/import", "key\n"));
        check("delete", "/api/v1/rules/{id}/quarantine", browser.delete("/api/v1/rules/none/quarantine"));
        check(
                "post",
                "/api/v1/exceptions",
                browser.post(
                        "/api/v1/exceptions",
                        "{\"ruleId\":\"rule\",\"fields\":{\"Name\":\"x\"},\"reason\":\"known\",\"expiresAt\":1790000100000}"));
        check("post", "/api/v1/exceptions", browser.post("/api/v1/exceptions", "{\"ruleId\":\"rule\"}"));
        check("get", "/api/v1/exceptions", browser.get("/api/v1/exceptions"));
        check("delete", "/api/v1/exceptions/{id}", browser.delete("/api/v1/exceptions/none"));
        check("get", "/api/v1/rules/changes", browser.get("/api/v1/rules/changes"));
        check("get", "/healthz", browser.get("/healthz"));
        check("get", "/readyz", browser.get("/readyz"));
        check("get", "/api/v1/alerts", browser.get("/api/v1/alerts?status=x"));
        check("get", "/api/v1/alerts/{id}", browser.get("/api/v1/alerts/none"));
        check("get", "/api/v1/users", core.stranger().get("/api/v1/users"));
    }

    private static void check(String method, String path, Client.Answer answer) {
        JsonNode response = document.path("paths")
                .path(path)
                .path(method)
                .path("responses")
                .path(Integer.toString(answer.status()));
        assertThat(response.isObject())
                .as(method + " " + path + " describes " + answer.status() + " " + answer.body())
                .isTrue();
        String type = answer.header("Content-Type").orElseThrow().split(";", 2)[0];
        List<String> mistakes = new ArrayList<>();
        compare(response.path("content").path(type).path("schema"), answer.json(), "", mistakes);
        assertThat(mistakes).as(method + " " + path + " " + answer.body()).isEmpty();
    }

    /// Checks as much of JSON Schema as the document uses.
    private static void compare(JsonNode schemaOrReference, JsonNode value, String at, List<String> mistakes) {
        JsonNode schema = schemaOrReference;
        while (schema.has("$ref")) {
            schema = document.at(schema.path("$ref").asString().substring(1));
        }
        if (schema.has("oneOf")) {
            boolean fits = false;
            for (JsonNode choice : schema.path("oneOf")) {
                List<String> these = new ArrayList<>();
                compare(choice, value, at, these);
                fits |= these.isEmpty();
            }
            if (!fits) {
                mistakes.add(at + ": fits no choice");
            }
            return;
        }
        if (!hasType(schema.path("type"), value)) {
            mistakes.add(at + ": is " + value.getNodeType() + ", not " + schema.path("type"));
            return;
        }
        if (schema.has("enum") && schema.path("enum").valueStream().noneMatch(value::equals)) {
            mistakes.add(at + ": is " + value + ", not of " + schema.path("enum"));
        }
        if (value.isObject()) {
            for (JsonNode required : schema.path("required")) {
                if (!value.has(required.asString())) {
                    mistakes.add(at + "/" + required.asString() + ": is missing");
                }
            }
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                JsonNode known = schema.path("properties").path(member.getKey());
                if (known.isObject()) {
                    compare(known, member.getValue(), at + "/" + member.getKey(), mistakes);
                } else if (schema.path("additionalProperties").isBoolean()) {
                    mistakes.add(at + "/" + member.getKey() + ": is not described");
                }
            }
        }
        for (int i = 0; value.isArray() && schema.has("items") && i < value.size(); i++) {
            compare(schema.path("items"), value.path(i), at + "/" + i, mistakes);
        }
    }

    private static boolean hasType(JsonNode types, JsonNode value) {
        List<String> allowed =
                types.isArray() ? types.valueStream().map(JsonNode::asString).toList() : List.of(types.asString());
        return allowed.stream().anyMatch(type -> switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException("unknown type " + type);
        });
    }
}
