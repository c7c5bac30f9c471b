package io.tocsin.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Position;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.enrich.indicator.IndicatorConfig;
import io.tocsin.pipeline.reference.DictionaryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What the guide shows is what the product reads.
final class EnrichmentGuideTest {
    private static final Path GUIDE = Path.of("../docs/guides/enrichment.md");

    private static List<ConfigNode> samples(Problems problems) throws IOException {
        List<ConfigNode> samples = new ArrayList<>();
        Matcher blocks = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(GUIDE));
        while (blocks.find()) {
            samples.addAll(YamlReader.readAll("guide", blocks.group(1), problems));
        }
        return samples;
    }

    @Test
    void everySampleIsRead() throws IOException {
        Problems problems = new Problems();
        int rules = 0;
        int resources = 0;
        for (ConfigNode sample : samples(problems)) {
            if (sample instanceof ConfigNode.Sequence list) {
                ConfigNode.Mapping stage = new ConfigNode.Mapping(
                        Position.NONE, List.of(new ConfigNode.Entry(Position.NONE, "rules", list)));
                assertThat(EnrichConfig.SPEC.read(stage, problems))
                        .as("%s", problems)
                        .isNotNull();
                rules += list.items().size();
                continue;
            }
            ConfigNode.Mapping document = (ConfigNode.Mapping) sample;
            ConfigNode spec = document.get("spec");
            String kind = String.valueOf(document.text("kind"));
            assertThat(spec).as(kind).isNotNull();
            Object read = switch (kind) {
                case "enrichment" -> EnrichConfig.shared(document, problems);
                case "dictionary", "table" -> spec == null ? null : DictionaryConfig.read(kind, spec, problems);
                case "indicators" -> spec == null ? null : IndicatorConfig.SPEC.read(spec, problems);
                case "collector" -> kind;
                default -> null;
            };
            assertThat(read).as("%s %s", kind, problems).isNotNull();
            resources++;
        }
        assertThat(problems.list()).isEmpty();
        assertThat(rules).isGreaterThan(8);
        assertThat(resources).isGreaterThan(4);
    }

    @Test
    void everyKindIsExplained() throws IOException {
        String guide = Files.readString(GUIDE);
        Enrichments.ALL.forEach(kind -> assertThat(guide).contains("`" + kind.id() + "`"));
        IndicatorConfig.kinds().forEach(kind -> assertThat(guide).contains("type: " + kind.id()));
    }
}
