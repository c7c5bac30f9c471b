package io.tocsin.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.JsonWriter;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.config.YamlWriter;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import java.time.ZoneOffset;
import java.util.List;

/// Resources: YAML, normalizers and rules written in it.
final class ConfigFuzzTest {
    @FuzzTest
    void yaml(byte[] input) {
        Effort effort = new Effort();
        Problems problems = new Problems();
        List<ConfigNode> documents = YamlReader.readAll("input", new String(input, UTF_8), problems);
        if (problems.isEmpty()) {
            for (ConfigNode document : documents) {
                assertThat(once(YamlWriter.write(document))).isEqualTo(YamlWriter.write(document));
                Problems again = new Problems();
                YamlReader.read("json", JsonWriter.write(document), again);
                assertThat(again.list()).isEmpty();
            }
        }
        effort.check();
    }

    /// A text that the writer made, read and written again.
    private static String once(String text) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("written", text, problems);
        assertThat(problems.list()).as(text).isEmpty();
        assertThat(node).as(text).isNotNull();
        return node == null ? "" : YamlWriter.write(node);
    }

    @FuzzTest
    void normalizer(byte[] input) {
        Effort effort = new Effort();
        Problems problems = new Problems();
        for (ConfigNode document : YamlReader.readAll("input", new String(input, UTF_8), problems)) {
            var plan = new NormalizerLoader(ZoneOffset.UTC).load(document, problems);
            if (plan == null) {
                assertThat(problems.isEmpty()).isFalse();
            } else if (problems.isEmpty()) {
                plan.create();
            }
        }
        effort.check();
    }

    @FuzzTest
    void rules(byte[] input) {
        Effort effort = new Effort();
        RuleLoader.read("input", new String(input, UTF_8), SigmaTaxonomy.schema());
        effort.check();
    }
}
