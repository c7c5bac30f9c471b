package io.tocsin.expression;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class ConditionsGuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "guides", "conditions.md");

    private static List<String> blocks(String language) throws IOException {
        Matcher matcher =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(GUIDE));
        List<String> blocks = new ArrayList<>();
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    @Test
    void everyExampleOfTheGuideIsACondition() throws IOException {
        List<String> examples = blocks("condition");

        assertThat(examples).hasSizeGreaterThan(7);
        for (String example : examples) {
            Condition condition = Condition.parse(example);
            assertThat(Condition.parse(condition.text())).isEqualTo(condition);
            condition.compile();
        }
    }

    @Test
    void everyTreeOfTheGuideIsACondition() throws IOException {
        for (String example : blocks("yaml")) {
            Problems problems = new Problems();
            for (ConfigNode node : YamlReader.readAll("conditions.md", example, problems)) {
                assertThat(Condition.read(node, problems)).isNotNull();
            }
            assertThat(problems.list()).isEmpty();
        }
    }

    @Test
    void theGuideNamesEveryOperatorAndTheTrueLimits() throws IOException {
        String guide = Files.readString(GUIDE);

        for (Operator operator : Operator.values()) {
            assertThat(guide).contains("`" + operator.symbol() + "`");
        }
        assertThat(guide)
                .contains(String.format(
                        Locale.ROOT,
                        "%,d characters, a value %,d",
                        Condition.MAXIMUM_TEXT_LENGTH,
                        Condition.MAXIMUM_VALUE_LENGTH))
                .contains(String.format(
                        Locale.ROOT,
                        "a list %,d values, a tree %d levels",
                        Condition.MAXIMUM_VALUES,
                        Condition.MAXIMUM_DEPTH))
                .contains(String.format(Locale.ROOT, "%,d instructions", BoundedRegex.MAXIMUM_INSTRUCTIONS));
    }
}
