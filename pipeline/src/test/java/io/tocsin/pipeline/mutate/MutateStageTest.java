package io.tocsin.pipeline.mutate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import io.tocsin.pipeline.enrich.StageRun;
import org.junit.jupiter.api.Test;

final class MutateStageTest {
    private static String run(String actions, String... fields) {
        try (StageRun run = StageRun.of(MutateConfig.SPEC, "actions: [" + actions + "]")) {
            return run.one(fields);
        }
    }

    @Test
    void setsCopiesRenamesConvertsAndRemoves() {
        assertThat(run(
                        """
                        { set: { DeviceVendor: Acme },
                          copy: { DestinationUserName: SourceUserName },
                          rename: { S.ticket: Extra.ticket_no },
                          convert: { SourceUserName: [upper], SourceHostName: { dropIf: '-' } },
                          remove: [Message, Extra.junk] }""",
                        "SourceUserName",
                        "anna",
                        "Extra.ticket_no",
                        "42",
                        "Extra.junk",
                        "x",
                        "Extra.rest",
                        "y",
                        "SourceHostName",
                        "-",
                        "Message",
                        "m"))
                .isEqualTo("{\"SourceUserName\":\"ANNA\",\"DestinationUserName\":\"anna\",\"DeviceVendor\":\"Acme\","
                        + "\"Extra\":{\"rest\":\"y\"},\"S\":{\"ticket\":\"42\"}}");
    }

    @Test
    void runsActionsInOrderAndForTheirEventsOnly() {
        String actions =
                "{ set: { Message: a } }, { when: \"Message = 'a'\", set: { Name: n } }, { when: \"Message = 'b'\", remove: Name }";
        assertThat(run(actions)).contains("\"Name\":\"n\"");
    }

    @Test
    void copiesAllValuesOfAnArrayAndConvertsTypes() {
        assertThat(run(
                        "{ rename: { SA.names: Extra.n }, copy: { DestinationPort: S.port } }",
                        "Extra.n",
                        "a",
                        "Extra.n",
                        "b",
                        "S.port",
                        "7"))
                .isEqualTo("{\"DestinationPort\":7,\"S\":{\"port\":\"7\"},\"SA\":{\"names\":[\"a\",\"b\"]}}");
    }

    @Test
    void leavesTheOldFieldWhenItsValueDoesNotFitTheNew() {
        assertThat(run("{ rename: { DestinationPort: S.port } }", "S.port", "many"))
                .contains("\"S\":{\"port\":\"many\"}");
    }

    @Test
    void refusesFieldsOfTheProductAndEmptyActions() {
        Problems problems = new Problems();
        StageRun.plan(MutateConfig.SPEC, "actions: [ { set: { ID: x } }, {} , { remove: [Timestamp] } ]", problems);
        assertThat(problems.list()).hasSize(3);
    }
}
