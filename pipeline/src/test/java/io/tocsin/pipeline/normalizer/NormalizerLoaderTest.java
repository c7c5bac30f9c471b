package io.tocsin.pipeline.normalizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class NormalizerLoaderTest {
    private static List<String> problems(String yaml) {
        Problems problems = new Problems();
        Map<String, ConfigNode> resources = new TreeMap<>();
        String first = "";
        for (ConfigNode document : YamlReader.readAll("n.yaml", yaml, problems)) {
            String name = String.valueOf(((ConfigNode.Mapping) document).text("name"));
            first = first.isEmpty() ? name : first;
            resources.put(name, document);
        }
        assertThat(new NormalizerLoader(ZoneOffset.UTC, resources::get).load(first, problems))
                .isNull();
        return problems.list().stream().map(Problem::toString).toList();
    }

    @Test
    void reportsAllProblemsWithTheirPlaces() {
        assertThat(problems("""
                kind: normalizer
                name: broken
                spec:
                  format: { type: pattern, patterns: [ "a {x", "b {SourceAddress:adress}" ] }
                  timezone: UTC
                  set: { SourcePort: many, Timestamp: 1, DeviceVendr: x }
                  mapping:
                    - { from: x, to: SourceAdress }
                    - { from: y, to: SourcePort, convert: [ lowr, { substring: 3 } ] }
                    - { from: z }
                  nested:
                    - { when: { source: a, is: b, contains: c }, normalizer: nobody }
                """))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:4:").contains("brace is not closed"))
                .anySatisfy(
                        text -> assertThat(text).startsWith("n.yaml:4:").contains("unknown kind of place [kind=adress"))
                .anySatisfy(text -> assertThat(text).contains("n.yaml:5:3: ").contains("did you mean timeZone?"))
                .anySatisfy(text -> assertThat(text).contains("n.yaml:6:").contains("whole number"))
                .anySatisfy(text -> assertThat(text).contains("field=Timestamp"))
                .anySatisfy(text -> assertThat(text).contains("did you mean DeviceVendor?"))
                .anySatisfy(text -> assertThat(text).contains("n.yaml:9:").contains("did you mean lower?"))
                .anySatisfy(text -> assertThat(text).contains("n.yaml:10:").contains("key=to"))
                .anySatisfy(text -> assertThat(text).contains("n.yaml:12:").contains("exactly one of"));
    }

    @Test
    void reportsWhatOnlyShowsWhenPartsMeet() {
        assertThat(problems("""
                kind: normalizer
                name: meeting
                spec:
                  format: { type: pattern, patterns: [ "a {one} b {two}" ] }
                  timeZone: Mars/Olympus
                  times: [ "HH:mm" ]
                  mapping:
                    - { from: on, to: Message }
                    - { from: one, to: Mesage }
                    - { from: two, to: SourceAddress, label: x }
                  nested:
                    - { source: two, normalizer: nobody }
                    - { source: one, normalizer: meeting }
                """))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:5:").contains("timeZone=Mars/Olympus"))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:6:").contains("month and day"))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:8:").contains("did you mean one?"))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:9:").contains("did you mean Message?"))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:10:").contains("label"))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:12:").contains("no such normalizer"))
                .anySatisfy(text -> assertThat(text).startsWith("n.yaml:13:").contains("contains itself"));
    }

    @Test
    void refusesWhatIsNoNormalizer() {
        assertThat(problems("{kind: rule, name: x, spec: {}}"))
                .anySatisfy(text -> assertThat(text).contains("kind=rule"));
        assertThat(problems("{kind: normalizer, name: x}"))
                .anySatisfy(text -> assertThat(text).contains("key=spec"));
        assertThat(problems("{kind: normalizer, name: x, spec: {format: jsn}}"))
                .anySatisfy(text -> assertThat(text).contains("did you mean json?"));
        assertThat(problems("{kind: normalizer, name: x, spec: {format: {type: regexp, expressions: ['(']}}}"))
                .anySatisfy(text -> assertThat(text).contains("not a regular expression"));
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        Problems problems = new Problems();
        ConfigNode spec = YamlReader.read("n.yaml", "format: json", problems);
        NodeSpec.Root root = spec == null ? null : NodeSpec.ROOT.read(spec, problems);
        problems.throwIfAny();
        if (root == null) {
            throw new AssertionError();
        }
        assertThat(root.keepRaw()).isEqualTo(KeepRaw.ALWAYS);
        assertThat(root.node().keepExtra()).isTrue();
        assertThat(root.node().defaults()).isTrue();
        assertThat(root.node().requireNested()).isFalse();
    }

    @Test
    void listsAreInOrderAndSaySomethingDifferentEach() {
        assertThat(Normalizers.formats().stream().map(format -> format.id())).isSorted();
        assertThat(Normalizers.conversions().stream().map(conversion -> conversion.id()))
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(Normalizers.formats().stream().map(format -> format.sentence()))
                .doesNotHaveDuplicates();
        assertThat(Normalizers.names())
                .containsExactly(
                        "auto",
                        "cef",
                        "csv",
                        "ipfix",
                        "json",
                        "kv",
                        "leef",
                        "netflow",
                        "netflow5",
                        "netflow9",
                        "sflow5",
                        "sql",
                        "syslog",
                        "tsv",
                        "xml");
        for (String name : Normalizers.names()) {
            assertThat(Normalized.builtIn(name).name()).isEqualTo(name);
        }
        ConfigSpec<?> table = NodeSpec.ROOT;
        assertThat(table.keys()).allSatisfy(key -> assertThat(key.sentence()).endsWith("."));
    }
}
