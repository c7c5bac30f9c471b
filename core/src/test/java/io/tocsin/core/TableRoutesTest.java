package io.tocsin.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.core.table.TableEdit;
import io.tocsin.core.table.TableImport;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class TableRoutesTest {
    private static final String PATH = "/api/v1/tables/blocked";

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
    void listsTablesAndTheirRecordsPageByPage() {
        assertThat(core.admin().get("/api/v1/tables").json().at("/items/0/kind").asString(""))
                .isEqualTo("active-list");
        assertThat(core.admin().get(PATH).json().path("records").asInt(0)).isEqualTo(3);
        assertThat(core.admin().get("/api/v1/tables/none").status()).isEqualTo(404);
        JsonNode first = core.admin().get(PATH + "/entries?limit=2").json();
        assertThat(first.path("items").size()).isEqualTo(2);
        JsonNode second = core.admin()
                .get(PATH + "/entries?limit=2&cursor=" + first.path("next").asString(""))
                .json();
        assertThat(second.at("/items/0/key/0").asString("")).isEqualTo("d");
        assertThat(second.path("next").isNull()).isTrue();
        assertThat(core.admin()
                        .get(PATH + "/entries?key=b&key=c")
                        .json()
                        .at("/items/0/updates")
                        .asInt(0))
                .isEqualTo(2);
        assertThat(core.admin().get(PATH + "/entries?cursor=%25").status()).isEqualTo(400);
        assertThat(core.admin().get(PATH + "/entries?limit=0").status()).isEqualTo(400);
    }

    @Test
    void changesRecordsAndWritesDownWhoDid() {
        Client.Answer made = core.admin()
                .put(PATH + "/entries", "{\"key\":[\"10.0.0.5\"],\"values\":{\"by\":\"x\",\"n\":[1,true]}}");
        assertThat(made.status()).isEqualTo(200);
        assertThat(made.json().path("applied").asBoolean(false)).isTrue();
        TableEdit edit = core.tables.edits.getLast();
        assertThat(edit.key()).containsExactly("10.0.0.5");
        assertThat(edit.values()).containsEntry("n", List.of("1", "true"));
        assertThat(edit.actor()).isEqualTo("admin");
        assertThat(core.admin()
                        .put(PATH + "/entries", "{\"key\":[\"a\"],\"at\":1790000000000}")
                        .status())
                .isEqualTo(202);
        assertThat(core.admin()
                        .post(PATH + "/entries/delete", "{\"key\":[\"a\"]}")
                        .status())
                .isEqualTo(200);
        assertThat(core.tables.edits.getLast().kind()).isEqualTo(TableEdit.Kind.DELETE);
        assertThat(core.admin().delete(PATH + "/entries").status()).isEqualTo(200);
        assertThat(core.tables.edits.getLast().kind()).isEqualTo(TableEdit.Kind.CLEAR);
        for (String wrong : List.of("{}", "{\"key\":[]}", "{\"key\":[\"a\"],\"values\":{\"f\":{}}}", "[")) {
            assertThat(core.admin().put(PATH + "/entries", wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(core.admin().get("/api/v1/audit").body())
                .contains("table-entry-changed", "table-entry-deleted", "table-cleared", "10.0.0.5");
    }

    @Test
    void importsFilesLongerThanOtherRequestsAndExportsThem() {
        String file = "key\n" + "x".repeat(100).concat("\n").repeat(20_000);
        Client.Answer answer =
                core.admin().send("POST", PATH + "/import?format=tsv&key=ip&key=port&replace=true&skipBad=true", file);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(core.tables.importedBytes.get()).isEqualTo(file.length());
        TableImport how = core.tables.imports.getLast();
        assertThat(how.keyColumns()).containsExactly("ip", "port");
        assertThat(how.separator()).isEqualTo('\t');
        assertThat(how.replace() && how.skipBad()).isTrue();
        assertThat(answer.json().at("/errors/0/line").asInt(0)).isEqualTo(3);
        assertThat(core.admin().send("POST", PATH + "/import?format=xml", "x").status())
                .isEqualTo(400);
        Client.Answer export = core.admin().get(PATH + "/export?format=jsonl");
        assertThat(export.body()).contains("JSONL");
        assertThat(export.header("Content-Disposition").orElseThrow()).contains("blocked.jsonl");
        assertThat(core.admin().get("/api/v1/audit").body()).contains("table-imported", "table-exported");
    }

    @Test
    void letsViewersLookAndNothingElse() {
        core.admin()
                .post(
                        "/api/v1/accounts",
                        "{\"login\":\"looker\",\"role\":\"viewer\",\"password\":\"correct horse 12\"}");
        Client viewer = core.stranger();
        viewer.post("/api/v1/session", TestCore.login("looker", "correct horse 12"));
        assertThat(viewer.get(PATH + "/entries").status()).isEqualTo(200);
        int before = core.tables.edits.size();
        assertThat(viewer.put(PATH + "/entries", "{\"key\":[\"a\"]}").status()).isEqualTo(403);
        assertThat(viewer.post(PATH + "/entries/delete", "{\"key\":[\"a\"]}").status())
                .isEqualTo(403);
        assertThat(viewer.delete(PATH + "/entries").status()).isEqualTo(403);
        assertThat(viewer.send("POST", PATH + "/import", "key\n").status()).isEqualTo(403);
        assertThat(core.tables.edits).hasSize(before);
        assertThat(core.stranger().get(PATH).status()).isEqualTo(401);
    }

    @Test
    void reachesTheTablesOfACorrelatorThatRunsAloneAndSaysWhenItIsAway() {
        String at = "?correlator=10.0.0.7:8445";
        JsonNode all = core.admin().get("/api/v1/tables").json();
        assertThat(all.at("/items/0/correlator").asString("")).isEqualTo("local");
        assertThat(all.at("/items/1/correlator").asString("")).isEqualTo("10.0.0.7:8445");
        assertThat(all.at("/correlators/1/reachable").asBoolean(false)).isTrue();
        int before = core.remote.edits.size();
        assertThat(core.admin().put(PATH + "/entries" + at, "{\"key\":[\"x\"]}").status())
                .isEqualTo(200);
        assertThat(core.remote.edits).hasSize(before + 1);
        assertThat(core.admin().get(PATH + at).json().path("correlator").asString(""))
                .isEqualTo("10.0.0.7:8445");
        assertThat(core.admin().get(PATH + "?correlator=nobody").status()).isEqualTo(404);

        core.remote.isAway = true;
        try {
            JsonNode rest = core.admin().get("/api/v1/tables").json();
            assertThat(rest.path("items").size()).isEqualTo(1);
            assertThat(rest.at("/correlators/1/reachable").asBoolean(true)).isFalse();
            assertThat(rest.at("/correlators/1/reason").asString("")).isEqualTo("does not answer");
            assertThat(core.admin().get(PATH + "/entries" + at).status()).isEqualTo(503);
            assertThat(core.admin().get("/api/v1/tables/elsewhere").status()).isEqualTo(503);
            assertThat(core.admin().get(PATH).status()).isEqualTo(200);
        } finally {
            core.remote.isAway = false;
        }
    }
}
