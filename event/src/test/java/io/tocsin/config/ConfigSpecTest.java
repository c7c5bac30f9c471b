package io.tocsin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ConfigSpecTest {
    enum Framing {
        AUTO,
        OCTET_COUNTING
    }

    sealed interface Input {
        record Tcp(Address listen) implements Input {}

        record File(List<String> paths) implements Input {}
    }

    record Tls(Secret key, boolean required) {}

    record Config(
            Address listen,
            int connections,
            Duration idle,
            ByteSize line,
            Framing framing,
            @Nullable Secret password,
            Map<String, String> labels,
            @Nullable Tls tls,
            Input input,
            long quota) {
        Config {
            if (connections == 13) {
                throw new IllegalArgumentException("thirteen connections bring bad luck [connections=13]");
            }
        }
    }

    private static final List<ComponentSpec<? extends Input>> INPUTS = List.of(
            ComponentSpec.of("tcp", "Reads from connections.", keys -> {
                var listen = keys.address("listen", "Where to listen.").defaultTo(new Address("127.0.0.1", 514));
                return values -> new Input.Tcp(values.get(listen));
            }),
            ComponentSpec.of("file", "Reads files.", keys -> {
                var paths = keys.list("paths", "Which files.", ValueTypes.TEXT).required();
                return values -> new Input.File(values.get(paths));
            }));

    private static final ConfigSpec<Tls> TLS = ConfigSpec.of("tls", "Encrypts.", keys -> {
        var key = keys.secret("key", "Private key.").required();
        var required = keys.flag("required", "Refuses plain connections.").defaultTo(true);
        return values -> new Tls(values.get(key), values.get(required));
    });

    private static final ConfigSpec<Config> SPEC = ConfigSpec.of("sample", "Shows every type of value.", keys -> {
        var listen = keys.address("listen", "Address to listen on.")
                .example("0.0.0.0:5140")
                .required();
        var connections = keys.integer("maxConnections", "Most connections at a time.", 1, 100_000)
                .defaultTo(5_000);
        var idle = keys.duration("idleTimeout", "Closes silent ones.", Duration.ofSeconds(1), Duration.ofDays(1))
                .defaultTo(Duration.ofMinutes(10));
        var line = keys.size("maxLine", "Longest line.", new ByteSize(64), ByteSize.ofMebibytes(16))
                .defaultTo(ByteSize.ofKibibytes(64));
        var framing =
                keys.choice("framing", "Where a message ends.", Framing.class).defaultTo(Framing.AUTO);
        var password = keys.secret("password", "Shared secret.").optional();
        var labels = keys.mapping("labels", "Marks events.", ValueTypes.TEXT).defaultTo(Map.of());
        var tls = keys.nested("tls", "Encryption.", TLS).optional();
        var input = keys.component("input", "Where events come from.", INPUTS)
                .defaultTo(new Input.Tcp(new Address("h", 1)));
        var quota = keys.number("quota", "Events a day.", 0, Long.MAX_VALUE).defaultTo(0L);
        return values -> {
            if (values.get(quota) == 666) {
                values.refuse("quota", "a devilish quota [quota=666]");
            }
            return new Config(
                    values.get(listen),
                    values.get(connections),
                    values.get(idle),
                    values.get(line),
                    values.get(framing),
                    values.get(password),
                    values.get(labels),
                    values.get(tls),
                    values.get(input),
                    values.get(quota));
        };
    });

    private static ConfigNode yaml(String text) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("a.yaml", text, problems);
        problems.throwIfAny();
        return Objects.requireNonNull(node);
    }

    private static List<String> problemsOf(String text) {
        Problems problems = new Problems();
        assertThat(SPEC.read(yaml(text), problems)).isNull();
        return problems.list().stream().map(Problem::toString).toList();
    }

    @Test
    void fillsInDefaults() {
        assertThat(SPEC.require(yaml("listen: ':514'\nframing:")))
                .isEqualTo(new Config(
                        new Address("0.0.0.0", 514),
                        5_000,
                        Duration.ofMinutes(10),
                        ByteSize.ofKibibytes(64),
                        Framing.AUTO,
                        null,
                        Map.of(),
                        null,
                        new Input.Tcp(new Address("h", 1)),
                        0));
    }

    @Test
    void readsEveryKey() {
        String text = """
                listen: "[::1]:0"
                maxConnections: 7
                idleTimeout: 1m30s
                maxLine: 10KB
                framing: octet-counting
                password: env:PASSWORD
                labels: {site: berlin, rack: 7}
                tls: {key: "file:/etc/key", required: false}
                input: {type: file, paths: [a, b]}
                quota: 1_000_000
                """;

        assertThat(SPEC.require(yaml(text)))
                .isEqualTo(new Config(
                        new Address("::1", 0),
                        7,
                        Duration.ofSeconds(90),
                        new ByteSize(10_000),
                        Framing.OCTET_COUNTING,
                        Secret.of("env:PASSWORD"),
                        Map.of("site", "berlin", "rack", "7"),
                        new Tls(Secret.of("file:/etc/key"), false),
                        new Input.File(List.of("a", "b")),
                        1_000_000));
    }

    @Test
    void reportsEverythingAtOnceWithPlacesAndSuggestions() {
        assertThat(problemsOf("""
                        maxConections: 7
                        maxConnections: 0
                        idleTimeout: 10
                        maxLine: 1TiB
                        framing: octet-couting
                        labels: [a]
                        tls: {required: maybe}
                        input: {type: flie}
                        """))
                .containsExactly(
                        "a.yaml:1:1: sample: unknown key [key=maxConections]; did you mean maxConnections?",
                        "a.yaml:1:1: key is missing [key=listen]: Address to listen on.",
                        "a.yaml:2:17: out of range [maxConnections=0, minimum=1, maximum=100000]",
                        "a.yaml:3:14: not a duration such as 250ms, 30s or 1h30m [idleTimeout=10]",
                        "a.yaml:4:10: out of range [maxLine=1TiB, minimum=64B, maximum=16MiB]",
                        "a.yaml:5:10: unknown choice [framing=octet-couting, choices=auto|octet-counting]; did you mean"
                                + " octet-counting?",
                        "a.yaml:6:9: a mapping is expected, found a list [key=labels]",
                        "a.yaml:7:6: key is missing [key=key]: Private key.",
                        "a.yaml:7:17: neither true nor false [required=maybe]",
                        "a.yaml:8:15: unknown type [input=flie, choices=tcp|file]; did you mean file?");
    }

    @Test
    void reportsWhatOnlyShowsWhenValuesAreLookedAtTogether() {
        assertThat(problemsOf("listen: ':1'\nmaxConnections: 13"))
                .containsExactly("a.yaml:1:1: thirteen connections bring bad luck [connections=13]");
        assertThat(problemsOf("listen: ':1'\nquota: 666")).containsExactly("a.yaml:2:8: a devilish quota [quota=666]");
    }

    @Test
    void takesTheNameOfAComponentAlone() {
        assertThat(SPEC.require(yaml("listen: ':1'\ninput: tcp")).input())
                .isEqualTo(new Input.Tcp(new Address("127.0.0.1", 514)));
        assertThat(problemsOf("listen: ':1'\ninput: file"))
                .containsExactly("a.yaml:2:8: key is missing [key=paths]: Which files.");
    }

    @Test
    void neverShowsASecret() {
        assertThat(SPEC.require(yaml("listen: ':1'\npassword: hunter2")).toString())
                .doesNotContain("hunter2")
                .contains("****");
        assertThat(problemsOf("listen: ':1'\npassword: [hunter2]").toString()).doesNotContain("hunter2");
    }

    @Test
    void describesItselfAsJsonSchema() {
        String json = JsonWriter.write(SPEC.jsonSchema());
        ConfigNode.Mapping schema = (ConfigNode.Mapping) yaml(json);
        ConfigNode.Mapping properties = (ConfigNode.Mapping) Objects.requireNonNull(schema.get("properties"));

        assertThat(properties.names())
                .containsExactlyElementsOf(
                        SPEC.keys().stream().map(KeyDescription::name).toList());
        assertThat(json)
                .contains("\"required\":[\"listen\"]")
                .contains("\"maxConnections\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100000,"
                        + "\"description\":\"Most connections at a time.\",\"default\":5000}")
                .contains("\"enum\":[\"auto\",\"octet-counting\"]")
                .contains("\"x-secret\":true")
                .contains("\"type\":{\"const\":\"tcp\"}")
                .contains("\"additionalProperties\":false");
    }

    @Test
    void describesItselfForTheManual() {
        assertThat(SPEC.markdown())
                .contains("| `listen` | address host:port | required | Address to listen on. For example"
                        + " `0.0.0.0:5140`. |")
                .contains("| `idleTimeout` | duration 1s to 1d | `10m` | Closes silent ones. |")
                .contains("| `password` | secret: env:NAME or file:PATH | – | Shared secret. |");
    }

    @Test
    void refusesAKeyThatIsDeclaredTwice() {
        assertThatThrownBy(() -> ConfigSpec.of("x", "X.", keys -> {
                    keys.text("a", "A.").required();
                    keys.text("a", "A.").required();
                    return Values::position;
                }))
                .hasMessage("key is declared twice [key=a]");
    }
}
