package io.tocsin.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class YamlReaderTest {
    private final Problems problems = new Problems();

    private List<String> problemsOf(String text) {
        YamlReader.readAll("a.yaml", text, problems);
        return problems.list().stream().map(Problem::toString).toList();
    }

    @Test
    void knowsWhereEachNodeStands() {
        ConfigNode node = YamlReader.read("a.yaml", "kind: collector\nspec:\n  - tcp\n  - 'x'\n", problems);

        assertThat(problems.list()).isEmpty();
        ConfigNode.Mapping mapping = (ConfigNode.Mapping) Objects.requireNonNull(node);
        assertThat(mapping.names()).containsExactly("kind", "spec");
        ConfigNode.Sequence spec = (ConfigNode.Sequence) Objects.requireNonNull(mapping.get("spec"));
        assertThat(spec.items())
                .containsExactly(
                        new ConfigNode.Scalar(new Position("a.yaml", 3, 5), "tcp", false),
                        new ConfigNode.Scalar(new Position("a.yaml", 4, 5), "x", true));
    }

    @Test
    void readsSeveralDocumentsAndLeavesOutEmptyOnes() {
        List<ConfigNode> documents = YamlReader.readAll("a.yaml", "a: 1\n---\n---\nb: 2\n", problems);

        assertThat(problems.list()).isEmpty();
        assertThat(documents).hasSize(2);
    }

    @Test
    void readsJson() {
        ConfigNode node = YamlReader.read("a.json", "{\"a\": [1, \"2\", true, null], \"b\": {}}", problems);

        assertThat(problems.list()).isEmpty();
        assertThat(JsonWriter.write(Objects.requireNonNull(node))).isEqualTo("{\"a\":[1,\"2\",true,null],\"b\":{}}");
    }

    @Test
    void treatsWordsOfOldYamlAsText() {
        ConfigNode node = YamlReader.read("a.yaml", "[no, on, 012, 1:30]", problems);

        assertThat(JsonWriter.write(Objects.requireNonNull(node))).isEqualTo("[\"no\",\"on\",\"012\",\"1:30\"]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "a: 1\\nb: 2\\na: 3~a.yaml:3:1: key stands twice in this mapping [key=a]",
                "a: *x~a.yaml:1:4: alias has no anchor before it [alias=x]",
                "a: &x [*x]~a.yaml:1:8: alias stands inside of what it repeats [alias=x]",
                "a: !!int 5~a.yaml:1:4: tags are not supported [tag=tag:yaml.org,2002:int]",
                "{[1]: 2}~a.yaml:1:2: a key must be a plain value, found a list",
                "a: &x {b: 1}\\nc:\\n  <<: *x~a.yaml:3:3: merge keys are not part of YAML 1.2: write the keys out",
            })
    void refusesWithPlace(String text, String problem) {
        assertThat(problemsOf(text.replace("\\n", "\n"))).containsExactly(problem);
    }

    @Test
    void reportsASyntaxErrorWithPlace() {
        assertThat(problemsOf("a: 1\nb: [1, 2\nc: 3\n"))
                .singleElement()
                .asString()
                .startsWith("a.yaml:3:");
        assertThat(problemsOf("\ta: 1")).last().asString().startsWith("a.yaml:1:1: not valid YAML");
        // A quote that nobody closes is told at the end of the text; the mistake is where it begins.
        assertThat(problemsOf("a: 1\nb: \"x\nc: 3\n"))
                .last()
                .asString()
                .endsWith("while scanning a quoted scalar [begins=line 2]");
    }

    @Test
    void reportsACharacterThatYamlDoesNotAllow() {
        assertThat(problemsOf("a: 1\nb: x\u0001y\n"))
                .containsExactly("a.yaml:2:5: character is not allowed in YAML [character=U+0001]");
    }

    @Test
    void stopsAtDeepNesting() {
        assertThat(problemsOf("[".repeat(100_000))).containsExactly("a.yaml:1:65: nested too deeply [maximumDepth=64]");
    }

    @Test
    void stopsWhereAliasesMultiply() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [");
            bomb.append(("*a" + (i - 1) + ", ").repeat(9))
                    .append("*a")
                    .append(i - 1)
                    .append("]\n");
        }

        assertThat(problemsOf(bomb.toString()))
                .singleElement()
                .asString()
                .contains("too many nodes, or aliases repeat too much");
    }

    @Test
    void followsOrdinaryAliases() {
        ConfigNode node = YamlReader.read("a.yaml", "a: &x {b: 1}\nc: *x\nd: &y z\ne: *y", problems);

        assertThat(problems.list()).isEmpty();
        assertThat(JsonWriter.write(Objects.requireNonNull(node)))
                .isEqualTo("{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":\"z\",\"e\":\"z\"}");
    }

    @Test
    void reportsFilesThatAreNoText(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("a.yaml");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xff, (byte) 0xfe});
        YamlReader.readAll(file, problems);
        YamlReader.readAll(folder.resolve("missing.yaml"), problems);

        assertThat(problems.list()).hasSize(2);
        assertThat(problems.list().get(0).message()).contains("not UTF-8");
        assertThat(problems.list().get(1).message()).contains("cannot read file");
    }

    @Test
    void neverFailsOnRandomText() {
        long seed = 20261122;
        Random random = new Random(seed);
        String[] pieces = {
            "a",
            ": ",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "&x ",
            "*x",
            "!!str ",
            "!t ",
            "|",
            ">",
            "'",
            "\"",
            "#",
            "---\n",
            "? ",
            "\\",
            "\t",
            "é",
            "\u0000",
            "%YAML 1.2\n",
            ",",
            "~",
            "<<",
            "|2-\n",
            "\uD800"
        };
        org.junit.jupiter.api.Assertions.assertTimeout(Duration.ofSeconds(20), () -> {
            for (int round = 0; round < 4_000; round++) {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(30); i >= 0; i--) {
                    text.append(pieces[random.nextInt(pieces.length)]);
                }
                Problems found = new Problems();
                try {
                    YamlReader.readAll("fuzz", text.toString(), found);
                } catch (RuntimeException e) {
                    throw new AssertionError("seed " + seed + " round " + round + " text: " + text, e);
                }
                byte[] bytes = new byte[random.nextInt(60)];
                random.nextBytes(bytes);
                YamlReader.readAll("fuzz", new String(bytes, StandardCharsets.ISO_8859_1), found);
            }
        });
    }
}
