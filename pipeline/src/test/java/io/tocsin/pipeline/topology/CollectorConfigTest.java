package io.tocsin.pipeline.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.InvalidConfigException;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.connector.Connectors;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CollectorConfigTest {
    @Test
    void hasDefaultsForEverythingButTheConnector() {
        CollectorConfig config = Harness.config("""
                kind: collector
                name: c
                spec: { connector: { type: tcp, listen: "127.0.0.1:514" } }
                """);
        assertThat(config.enabled()).isTrue();
        assertThat(config.keepRaw()).isFalse();
        assertThat(config.stages()).isEmpty();
        assertThat(config.normalizer().name()).isEqualTo("auto");
        assertThat(config.destinations()).containsExactly("storage", "correlator");
        assertThat(config.tenant()).isEmpty();
        assertThat(config.connector().type()).isEqualTo("tcp");
    }

    @Test
    void readsEveryKey() {
        CollectorConfig config = Harness.config("""
                kind: collector
                name: c
                description: all keys
                spec:
                  enabled: false
                  connector: { type: udp, listen: "127.0.0.1:514", framing: lf }
                  normalizer: cef
                  filter: { drop: "DeviceVendor = 'x'" }
                  stages:
                    - { type: filter, keep: "DeviceVendor = 'y'" }
                  keepRaw: true
                  destinations: [ storage ]
                  tenant: main
                """);
        assertThat(config.enabled()).isFalse();
        assertThat(config.keepRaw()).isTrue();
        assertThat(config.stages()).extracting(stage -> stage.name()).containsExactly("filter", "filter");
        assertThat(config.normalizer().name()).isEqualTo("cef");
        assertThat(config.destinations()).containsExactly("storage");
        assertThat(config.tenant()).isEqualTo("main");
        assertThat(config.connector().type()).isEqualTo("udp");
    }

    @Test
    void reportsAllProblemsAtOnceWithTheirPlaces() {
        assertThatThrownBy(() -> Harness.config("""
                kind: collector
                name: c
                sepc: {}
                spec:
                  connector:
                    type: tcp
                    listen: nowhere
                    framming: auto
                  keepRaw: maybe
                """))
                .isInstanceOfSatisfying(
                        InvalidConfigException.class,
                        e -> assertThat(e.problems())
                                .extracting(Problem::toString)
                                .hasSize(4)
                                .anySatisfy(text -> assertThat(text)
                                        .startsWith("test.yaml:3:1: ")
                                        .contains("sepc", "did you mean spec?"))
                                .anySatisfy(text -> assertThat(text)
                                        .startsWith("test.yaml:7:")
                                        .contains("listen"))
                                .anySatisfy(text -> assertThat(text)
                                        .startsWith("test.yaml:8:")
                                        .contains("did you mean framing?"))
                                .anySatisfy(text -> assertThat(text)
                                        .startsWith("test.yaml:9:")
                                        .contains("keepRaw")));
    }

    @Test
    void suggestsKnownNames() {
        assertThatThrownBy(() -> Harness.config("""
                kind: collector
                name: c
                spec:
                  connector: { type: tcp, listen: "127.0.0.1:514" }
                  normalizer: jsno
                  destinations: [ storge ]
                """))
                .hasMessageContaining("did you mean json?")
                .hasMessageContaining("did you mean storage?");
    }

    @Test
    void refusesTwoCollectorsWithOneName() {
        Problems problems = new Problems();
        List<ConfigNode> documents = YamlReader.readAll("two.yaml", """
                kind: collector
                name: c
                spec: { connector: { type: tcp, listen: "127.0.0.1:514" } }
                ---
                kind: rule
                name: c
                ---
                kind: collector
                name: c
                spec: { connector: { type: udp, listen: "127.0.0.1:514" } }
                """, problems);
        CollectorConfig.readAll(
                documents, new NormalizerLoader(ZoneOffset.UTC), Set.of("storage", "correlator"), problems);
        assertThat(problems.list())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.toString()).startsWith("two.yaml:8:1: another collector has this name"));
    }

    @Test
    void listsConnectorsInOrderWithAllThatHelpAndFormsNeed() {
        assertThat(Connectors.ALL).extracting(spec -> spec.id()).isSorted().doesNotHaveDuplicates();
        assertThat(Connectors.ALL).extracting(spec -> spec.sentence()).doesNotHaveDuplicates();
        assertThat(Connectors.ALL)
                .allSatisfy(spec -> assertThat(spec.config().keys())
                        .isNotEmpty()
                        .allSatisfy(key -> assertThat(key.sentence()).endsWith(".")));
    }
}
