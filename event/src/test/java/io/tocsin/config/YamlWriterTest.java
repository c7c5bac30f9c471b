package io.tocsin.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class YamlWriterTest {
    private static final String[] TEXTS = {
        "",
        "a",
        "true",
        "null",
        "~",
        "12",
        "-5",
        "1.5",
        "a b",
        " a",
        "a ",
        "a: b",
        "a #b",
        "#",
        "-",
        "- a",
        "a:",
        "'",
        "\"",
        "a\nb",
        "a\nb\n",
        "a\n\nb",
        "\na",
        "a\n\n",
        " a\nb",
        "a\n b",
        "a\n  \nb",
        "\t",
        "a\tb",
        "é",
        "😀",
        "\u0007",
        "\u0085",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "---",
        "...",
        "no",
        "0x1F",
        "2026-01-01",
        "c:\\windows",
        "a\r\nb",
        "?",
        "? a",
        "${X:-y}",
        "<<",
        "=",
        "a,b",
        "1:30",
        "\uFEFF",
        "|",
        ">",
        "/path/to",
        "0.0.0.0:5140",
        "a\n\tb",
        ".5",
        "+1"
    };

    private final Random random = new Random(4711);

    private ConfigNode node(int depth) {
        return switch (depth == 0 ? 0 : random.nextInt(4)) {
            case 0, 1 ->
                random.nextInt(4) == 0
                        ? ConfigNode.plain(random.nextBoolean() ? random.nextInt(100) : random.nextBoolean())
                        : ConfigNode.text(TEXTS[random.nextInt(TEXTS.length)]);
            case 2 -> {
                List<ConfigNode> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(node(depth - 1));
                }
                yield ConfigNode.sequence(items);
            }
            default -> {
                ConfigNode.MappingBuilder mapping = ConfigNode.mapping();
                List<String> names = new ArrayList<>(List.of(TEXTS));
                for (int i = random.nextInt(4); i > 0; i--) {
                    mapping.put(names.remove(random.nextInt(names.size())), node(depth - 1));
                }
                yield mapping.build();
            }
        };
    }

    @Test
    void readingGivesTheSameTreeAgain() {
        for (int round = 0; round < 2_000; round++) {
            ConfigNode node = ConfigNode.mapping().put("x", node(4)).build();
            String text = YamlWriter.write(node);
            Problems problems = new Problems();
            ConfigNode again = YamlReader.read("again", text, problems);

            assertThat(problems.list())
                    .as("seed 4711 round %d:\n%s", round, text)
                    .isEmpty();
            assertThat(again).isNotNull();
            assertThat(JsonWriter.write(Objects.requireNonNull(again)))
                    .as("seed 4711 round %d:\n%s", round, text)
                    .isEqualTo(JsonWriter.write(node));
            assertThat(YamlWriter.write(again)).isEqualTo(text);
        }
    }

    @Test
    void writesWhatPeopleLikeToRead() {
        ConfigNode node = ConfigNode.mapping()
                .put("kind", "rule")
                .put(
                        "spec",
                        ConfigNode.mapping()
                                .put("window", "60s")
                                .put("threshold", 5)
                                .put("text", "5")
                                .put("note", "first line\nsecond line\n")
                                .put("list", ConfigNode.sequence(List.of(ConfigNode.text("a"), ConfigNode.text("b"))))
                                .put("none", ConfigNode.sequence(List.of()))
                                .build())
                .build();

        assertThat(YamlWriter.write(node)).isEqualTo("""
                        kind: rule
                        spec:
                          window: "60s"
                          threshold: 5
                          text: "5"
                          note: |
                            first line
                            second line
                          list:
                            - a
                            - b
                          none: []
                        """);
    }
}
