package io.tocsin.correlator.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The guide of pipelines tells the truth: a pipeline, then a rule, then events that fire it.
final class SigmaPipelinesGuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "guides", "sigma-pipelines.md");
    private static final Pattern BLOCK = Pattern.compile("```(yaml|json)\n(.*?)```", Pattern.DOTALL);

    @Test
    void everyEventOfTheGuideFiresTheRuleBeforeIt() throws IOException {
        Matcher blocks = BLOCK.matcher(Files.readString(GUIDE));
        String before = "";
        int fired = 0;
        while (blocks.find()) {
            if (blocks.group(1).equals("yaml")) {
                // A pipeline begins with its name, a rule with its title.
                before = (blocks.group(2).startsWith("title:") ? before + "---\n" : "") + blocks.group(2);
                continue;
            }
            for (String line : blocks.group(2).lines().toList()) {
                Problems problems = new Problems();
                ConfigNode.Mapping event = (ConfigNode.Mapping)
                        YamlReader.readAll("event", line, problems).getFirst();
                problems.throwIfAny();
                List<String> namesAndValues = new ArrayList<>();
                for (ConfigNode.Entry entry : event.entries()) {
                    namesAndValues.add(entry.name());
                    namesAndValues.add(((ConfigNode.Scalar) entry.value()).text());
                }
                assertThat(SigmaFiring.fire(before, namesAndValues.toArray(String[]::new)))
                        .as(line)
                        .hasSize(1);
                fired++;
            }
        }
        assertThat(fired).isGreaterThanOrEqualTo(3);
    }
}
