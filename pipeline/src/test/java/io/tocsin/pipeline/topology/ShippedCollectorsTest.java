package io.tocsin.pipeline.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.Substitution;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ShippedCollectorsTest {
    private static final Path ROOT = Files.isDirectory(Path.of("content")) ? Path.of("") : Path.of("..");

    private static List<CollectorConfig> read(List<Path> files, Map<String, String> environment) {
        Problems problems = new Problems();
        List<ConfigNode> documents = new ArrayList<>();
        for (Path file : files) {
            for (ConfigNode document : YamlReader.readAll(file, problems)) {
                documents.add(Substitution.apply(document, environment::get, problems));
            }
        }
        List<CollectorConfig> collectors = CollectorConfig.readAll(
                documents, new NormalizerLoader(ZoneOffset.UTC), Set.of("storage", "correlator"), problems);
        problems.throwIfAny();
        return collectors;
    }

    private static List<Path> shipped() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("content/collectors"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void startsSyslogAloneUnlessToldOtherwise() throws IOException {
        assertThat(read(shipped(), Map.of()).stream()
                        .filter(CollectorConfig::enabled)
                        .map(CollectorConfig::name))
                .containsExactly("syslog-tcp", "syslog-udp");
        assertThat(read(
                        shipped(),
                        Map.of(
                                "TOCSIN_JSON_ENABLED",
                                "true",
                                "TOCSIN_FILES_ENABLED",
                                "true",
                                "TOCSIN_FLOWS_ENABLED",
                                "true",
                                "TOCSIN_EVENTS_ENABLED",
                                "true",
                                "TOCSIN_BEATS_ENABLED",
                                "true",
                                "TOCSIN_SYSLOG_TLS_ENABLED",
                                "true",
                                "TOCSIN_RELP_ENABLED",
                                "true")))
                .allMatch(CollectorConfig::enabled);
    }

    @Test
    void takesAddressesFromTheEnvironment() throws IOException {
        CollectorConfig syslog = read(shipped(), Map.of("TOCSIN_SYSLOG_LISTEN", "127.0.0.1:1514")).stream()
                .filter(collector -> collector.name().equals("syslog-tcp"))
                .findFirst()
                .orElseThrow();
        assertThat(syslog.connector().toString()).contains("127.0.0.1:1514");
    }

    @Test
    void understandsEverySampleOfTheGuide() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/guides/collectors.md"));
        List<String> samples = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(guide)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(samples).isNotEmpty();
        for (String sample : samples) {
            Problems problems = new Problems();
            List<ConfigNode> documents = YamlReader.readAll("sample", sample, problems);
            CollectorConfig.readAll(
                    documents, new NormalizerLoader(ZoneOffset.UTC), Set.of("storage", "correlator"), problems);
            assertThat(problems.toString()).as(sample).isEmpty();
        }
    }

    @Test
    void describesEveryKeyInTheGuide() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/guides/collectors.md"));
        assertThat(io.tocsin.pipeline.connector.Connectors.ALL)
                .allSatisfy(spec -> assertThat(guide).contains(spec.config().markdown()));
        assertThat(guide).contains(CollectorConfig.spec().markdown());
    }
}
