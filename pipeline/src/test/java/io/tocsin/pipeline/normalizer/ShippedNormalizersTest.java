package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ShippedNormalizersTest {
    private static final Path CONTENT = Path.of("../content/normalizers");

    private static final Map<String, ConfigNode> RESOURCES = new TreeMap<>();
    private static final Map<String, ConfigNode> TESTS = new TreeMap<>();

    static {
        Problems problems = new Problems();
        try (Stream<Path> files = Files.list(CONTENT)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(".tests.yaml")) {
                    YamlReader.readAll(file, problems)
                            .forEach(node -> TESTS.put(name.replace(".tests.yaml", ""), node));
                } else if (name.endsWith(".yaml")) {
                    YamlReader.readAll(file, problems)
                            .forEach(node ->
                                    RESOURCES.put(String.valueOf(((ConfigNode.Mapping) node).text("name")), node));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        problems.throwIfAny();
    }

    static List<String> names() {
        return List.copyOf(RESOURCES.keySet());
    }

    static Normalizer normalizer(String name) {
        return plan(name).create();
    }

    private static NormalizerPlan plan(String name) {
        Problems problems = new Problems();
        NormalizerPlan plan = new NormalizerLoader(ZoneOffset.UTC, RESOURCES::get).load(name, problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        return plan;
    }

    @ParameterizedTest
    @MethodSource("names")
    void passesTheTestsBesideIt(String name) {
        ConfigNode tests = TESTS.get(name);
        if (tests == null) {
            throw new AssertionError("every shipped normalizer has tests beside it [normalizer=" + name + "]");
        }
        List<NormalizerTests.Result> results = NormalizerTests.run(tests, plan(name));
        assertThat(results).isNotEmpty();
        assertThat(results.stream()
                        .filter(result -> !result.passed())
                        .map(result ->
                                result.file() + ":" + result.line() + " " + result.name() + ": " + result.message()))
                .isEmpty();
    }

    @Test
    void theSampleInTheManualWorks() throws IOException {
        String manual = Files.readString(Path.of("../docs/guides/normalizers.md"), StandardCharsets.UTF_8);
        List<String> blocks = Stream.of(manual.split("```"))
                .filter(block -> block.startsWith("yaml\n"))
                .map(block -> block.substring(5))
                .toList();
        String tests = blocks.stream()
                .filter(block -> block.contains("expect:"))
                .findFirst()
                .orElseThrow();
        Problems problems = new Problems();
        ConfigNode node = YamlReader.readAll("manual", tests, problems).getFirst();
        NormalizerPlan plan = new NormalizerLoader(ZoneOffset.UTC)
                .load(YamlReader.readAll("manual", blocks.getFirst(), problems).getFirst(), problems);
        problems.throwIfAny();
        if (plan == null) {
            throw new AssertionError("no plan and no problem");
        }
        assertThat(NormalizerTests.run(node, plan)).hasSize(2).allMatch(NormalizerTests.Result::passed);
    }

    @Test
    void namesTheFileAndLineOfAFailedTest() {
        Problems problems = new Problems();
        ConfigNode tests = YamlReader.readAll("x.tests.yaml", """
                        - { name: wrong, input: "<13>Nov 22 09:58:01 h a: m", expect: { Message: n, SourcePort: "1" } }
                        - { name: unreadable, inptu: x }
                        """, problems).getFirst();
        problems.throwIfAny();
        List<NormalizerTests.Result> results = NormalizerTests.run(tests, plan("syslog"));
        assertThat(results).hasSize(2).noneMatch(NormalizerTests.Result::passed);
        assertThat(results.get(0).message())
                .isEqualTo("Message is 'm', expected 'n'; SourcePort is empty, expected '1'");
        assertThat(results.get(1).line()).isEqualTo(2);
        assertThat(results.get(1).message()).contains("inptu").contains("did you mean input?");
    }

    @Test
    void understandsRealServerLogs() throws IOException {
        Normalizer syslog = normalizer("syslog");
        for (String system : List.of("OpenSSH", "Linux")) {
            Path log = TestData.folder().resolve("syslog/loghub/" + system + "/" + system + "_2k.log");
            assumeThat(log).as("test data is absent: set TOCSIN_TEST_DATA").exists();
            int lines = 0;
            int headed = 0;
            List<String> withoutSource = new ArrayList<>();
            for (String line : Files.readAllLines(log, StandardCharsets.UTF_8)) {
                Normalized event = Normalized.of(syslog, line, Instant.parse("2016-12-11T00:00:00Z"));
                lines++;
                if (!event.get("DeviceHostName").isEmpty()
                        && !event.get("DeviceProcessName").isEmpty()
                        && !event.get("DeviceReceiptTime").isEmpty()) {
                    headed++;
                }
                boolean named = line.matches(".*(?:[Ff]ailed password|rhost=\\S|Authentication failed from).*");
                boolean user = line.contains(" user=") || line.contains("ailed password for");
                boolean sourced = !event.get("SourceAddress").isEmpty()
                        || !event.get("SourceHostName").isEmpty();
                if ((named && !sourced)
                        || (user && event.get("DestinationUserName").isEmpty())) {
                    withoutSource.add(line);
                }
            }
            assertThat(headed).as(system).isGreaterThanOrEqualTo(lines * 99 / 100);
            assertThat(withoutSource).as(system).isEmpty();
        }
    }
}
