package io.tocsin.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResponseCommandTest {
    private static final String CONTENT = "../content/";

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter error = new StringWriter();

    private int run(String... arguments) {
        return Commands.execute(arguments, new PrintWriter(out, true), new PrintWriter(error, true));
    }

    @Test
    void showsWhatASampleWouldDo() throws IOException {
        Path event = Files.writeString(
                folder.resolve("event.json"),
                "{\"CorrelationRuleID\":\"ssh-brute-force\",\"Priority\":3,\"SourceAddress\":\"10.0.0.5\"}");
        for (String sample : List.of("script", "webhook", "syslog", "list")) {
            assertThat(run(
                            "response",
                            "render",
                            "--rules",
                            CONTENT + "responses",
                            "--response",
                            "sample-" + sample,
                            event.toString()))
                    .as(sample)
                    .isEqualTo(ExitCode.OK);
        }
        assertThat(out.toString()).contains("argument 1: --address=10.0.0.5", "were it enabled");
        assertThat(run(
                        "response",
                        "render",
                        "--rules",
                        CONTENT + "responses",
                        "--response",
                        "sample-email",
                        "--output",
                        "json",
                        event.toString()))
                .isEqualTo(ExitCode.FINDINGS);
        assertThat(out.toString()).contains("\"fires\":false");
    }

    @Test
    void checksResponsesWithTheRules() throws IOException {
        assertThat(run("rules", "check", "--strict", CONTENT + "rules", CONTENT + "responses"))
                .as(out.toString())
                .isEqualTo(ExitCode.OK);
        Path file = Files.writeString(folder.resolve("responses.yaml"), """
                kind: response
                name: escapes
                spec:
                  action:
                    type: script
                    file: ../x.sh
                ---
                kind: response
                name: misnamed
                spec:
                  match: { rules: [ssh-brute-forse] }
                  action: { type: syslog, server: "h:514" }
                """);
        assertThat(run("rules", "check", CONTENT + "rules", file.toString())).isEqualTo(ExitCode.FINDINGS);
        assertThat(out.toString())
                .contains("responses.yaml:6: a script is named by its path")
                .contains(
                        "responses.yaml:8: response: no rule here has this name or id",
                        "did you mean ssh-brute-force?");
    }
}
