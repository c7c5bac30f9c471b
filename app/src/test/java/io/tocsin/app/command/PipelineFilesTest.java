package io.tocsin.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands with `--pipeline`, as `docs/guides/sigma-pipelines.md` shows them.
final class PipelineFilesTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter error = new StringWriter();
    private String rules = "";

    private int run(String... arguments) {
        return Commands.execute(arguments, new PrintWriter(out, true), new PrintWriter(error, true));
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @BeforeEach
    void writeRules() throws IOException {
        rules = Files.createDirectory(folder.resolve("sigma")).toString();
        file("sigma/rule.yml", """
                title: Somebody looks around
                id: looks-around
                logsource: {product: windows, category: process_creation}
                detection: {sel: {CommandLine|contains: whoami}, condition: sel}
                """);
    }

    @Test
    void detectsInEventsWithOtherNames() throws IOException {
        String events = file("events.ndjson", "{\"process\": {\"command_line\": \"whoami /all\"}}\n");
        String pipeline = file("ecs.yml", """
                name: ecs
                transformations:
                - {type: field_name_mapping, mapping: {CommandLine: process.command_line}}
                finalizers: [{type: concat}]
                """);
        assertThat(run("detect", "--rules", rules, "--format", "raw-json", events))
                .as(error.toString())
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEmpty();
        assertThat(run("detect", "--rules", rules, "--pipeline", pipeline, "--format", "raw-json", events))
                .as(error.toString())
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("looks-around");
        assertThat(error.toString()).contains("ecs.yml:4", "passed over");
    }

    @Test
    void checksRulesWithTheirPipelines() throws IOException {
        String refusing = file("refusing.yml", "transformations: [{type: rule_failure, message: not here}]\n");
        assertThat(run("rules", "check", rules, "--pipeline", refusing)).isEqualTo(ExitCode.FINDINGS);
        assertThat(out.toString()).contains("rule.yml:1", "a pipeline refuses this rule: not here");
        String wrong = file("wrong.yml", "transformations:\n- {type: rule_failur, message: x}\n");
        assertThat(run("rules", "check", rules, "--pipeline", wrong)).isEqualTo(ExitCode.CANNOT_START);
        assertThat(error.toString()).contains("wrong.yml:2", "did you mean rule_failure?");
        assertThat(run("detect", "--rules", rules, "--pipeline", rules + "/rule.yml"))
                .isEqualTo(ExitCode.CANNOT_START);
        assertThat(error.toString()).contains("not a processing pipeline");
        // Beside the rules it is found by itself.
        file("sigma/pipeline.yml", "transformations: [{type: rule_failure, message: by itself}]\n");
        assertThat(run("rules", "check", rules)).isEqualTo(ExitCode.FINDINGS);
        assertThat(out.toString()).contains("a pipeline refuses this rule: by itself");
    }
}
