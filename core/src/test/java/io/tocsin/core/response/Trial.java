package io.tocsin.core.response;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.core.table.TableStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A response and an event, for tests.
final class Trial {
    static final JsonMapper MAPPER = new JsonMapper();
    /// What somebody might write into an event to make more of it.
    static final String HOSTILE =
            "$(touch /tmp/owned); `id` | cat & \"quoted\" 'single' \\ \r\nBcc: all@example.org\r\n.\r\nMAIL FROM:<x@y>\n{run} ${HOME} \u0000 \u2028 ünï ☃ 😀";

    private Trial() {}

    /// Reads a response whose action is given as YAML, two spaces in.
    static ResponseRule rule(String action) {
        return whole("kind: response\nname: trial\nspec:\n  action:\n" + action.indent(4));
    }

    static ResponseRule whole(String yaml) {
        Problems problems = new Problems();
        List<ConfigNode> documents = YamlReader.readAll("trial.yaml", yaml, problems);
        ResponseRule rule = documents.isEmpty() ? null : ResponseSpecs.read(documents.getFirst(), problems);
        if (rule == null) {
            throw new AssertionError(problems.toString());
        }
        return rule;
    }

    /// What is wrong with a response, with lines.
    static String refused(String yaml) {
        Problems problems = new Problems();
        List<ConfigNode> documents = YamlReader.readAll("trial.yaml", yaml, problems);
        documents.forEach(document -> ResponseSpecs.read(document, problems));
        return problems.list().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }

    static ObjectNode fields(String... namesAndValues) {
        ObjectNode fields = MAPPER.createObjectNode();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    static FiredEvent event(ObjectNode fields) {
        return new FiredEvent(
                "00112233445566778899aabbccddee" + Long.toHexString(16 + System.nanoTime() % 200),
                "trial",
                "f".repeat(32),
                "alert-1",
                fields);
    }

    static FiredEvent event(String... namesAndValues) {
        return event(fields(namesAndValues));
    }

    static RunSite site(Path folder) {
        return new RunSite(folder.resolve("scripts"), TableStore.NONE, InstantSource.system());
    }
}
