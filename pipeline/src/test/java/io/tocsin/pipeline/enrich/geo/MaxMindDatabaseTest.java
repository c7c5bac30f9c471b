package io.tocsin.pipeline.enrich.geo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.error.TocsinException;
import io.tocsin.expression.AddressText;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MaxMindDatabaseTest {
    private static final Path DATA = Path.of(System.getenv().getOrDefault("TOCSIN_TEST_DATA", "../../shared/data"))
            .resolve("geoip");

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsData() {
        Assumptions.assumeTrue(Files.isDirectory(DATA), "test data is absent [path=" + DATA.toAbsolutePath() + "]");
    }

    private static int find(MaxMindDatabase database, String text) {
        AddressText address = new AddressText();
        byte[] bytes = text.getBytes(UTF_8);
        assertThat(address.read(bytes, 0, bytes.length)).as(text).isTrue();
        return database.find(address.high(), address.low(), address.isIpv4());
    }

    private static Object plain(ConfigNode node) {
        return switch (node) {
            case ConfigNode.Mapping mapping -> {
                Map<String, Object> map = new LinkedHashMap<>();
                mapping.entries().forEach(entry -> map.put(entry.name(), plain(entry.value())));
                yield map;
            }
            case ConfigNode.Sequence sequence ->
                sequence.items().stream().map(MaxMindDatabaseTest::plain).toList();
            case ConfigNode.Scalar scalar ->
                scalar.quoted()
                        ? scalar.text()
                        : scalar.text().equals("true") || scalar.text().equals("false")
                                ? Boolean.valueOf(scalar.text())
                                : new BigDecimal(scalar.text()).stripTrailingZeros();
        };
    }

    private static Object comparable(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, Object> result = new LinkedHashMap<>();
                map.forEach((key, one) -> result.put(String.valueOf(key), comparable(Objects.requireNonNull(one))));
                yield result;
            }
            case List<?> list ->
                list.stream()
                        .map(one -> comparable(Objects.requireNonNull(one)))
                        .toList();
            case Number number -> new BigDecimal(number.toString()).stripTrailingZeros();
            default -> value;
        };
    }

    private record Row(String network, Object value) {
        String first() {
            return network.substring(0, network.indexOf('/'));
        }

        int prefix() {
            int bits = Integer.parseInt(network.substring(network.indexOf('/') + 1));
            return first().contains(":") ? bits : bits + 96;
        }
    }

    private static List<Row> rows(String name) throws IOException {
        String json;
        try (var in = new GZIPInputStream(Files.newInputStream(DATA.resolve(name + ".json.gz")))) {
            json = new String(in.readAllBytes(), UTF_8);
        }
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read(name, json, problems);
        problems.throwIfAny();
        List<Row> rows = new ArrayList<>();
        for (ConfigNode item : ((ConfigNode.Sequence) Objects.requireNonNull(node)).items()) {
            ConfigNode.Entry entry = ((ConfigNode.Mapping) item).entries().getFirst();
            rows.add(new Row(entry.name(), plain(entry.value())));
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GeoLite2-City-Test", "GeoLite2-Country-Test", "GeoLite2-ASN-Test", "GeoIP2-Connection-Type-Test"
            })
    void findsTheRecordOfTheFirstAddressOfEveryNetwork(String name) throws IOException {
        MaxMindDatabase database = MaxMindDatabase.open(DATA.resolve(name + ".mmdb"));
        assertThat(database.type()).isNotEmpty();
        // Of networks that begin with the same address, the smallest one answers.
        Map<String, Row> smallest = new LinkedHashMap<>();
        for (Row row : rows(name)) {
            smallest.merge(row.first(), row, (left, right) -> left.prefix() > right.prefix() ? left : right);
        }
        assertThat(smallest).hasSizeGreaterThan(20);
        for (Row row : smallest.values()) {
            int record = find(database, row.first());
            assertThat(record).as(row.network()).isPositive();
            assertThat(comparable(database.record(record))).as(row.network()).isEqualTo(row.value());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"MaxMind-DB-test-ipv4-24", "MaxMind-DB-test-ipv6-24", "MaxMind-DB-test-mixed-24"})
    void tellsKnownFromUnknownAddresses(String name) {
        MaxMindDatabase database = MaxMindDatabase.open(DATA.resolve(name + ".mmdb"));
        boolean ipv6Only = name.contains("ipv6");
        int known = find(database, ipv6Only ? "::1:ffff:ffff" : "1.1.1.1");
        assertThat(comparable(database.record(known)))
                .isEqualTo(Map.of("ip", ipv6Only ? "::1:ffff:ffff" : name.contains("mixed") ? "::1.1.1.1" : "1.1.1.1"));
        assertThat(find(database, "255.254.253.123")).isNegative();
        assertThat(find(database, "89fa::")).isNegative();
    }

    @Test
    void decodesEveryType() {
        MaxMindDatabase database = MaxMindDatabase.open(DATA.resolve("MaxMind-DB-test-decoder.mmdb"));
        Map<?, ?> record = (Map<?, ?>) database.record(find(database, "1.1.1.1"));
        assertThat(record.get("boolean")).isEqualTo(true);
        assertThat(record.get("bytes")).isEqualTo(new byte[] {0, 0, 0, 42});
        assertThat(record.get("double")).isEqualTo(42.123456);
        assertThat(record.get("float")).isEqualTo(1.1f);
        assertThat(record.get("int32")).isEqualTo(-268435456L);
        assertThat(record.get("uint16")).isEqualTo(100L);
        assertThat(record.get("uint32")).isEqualTo(268435456L);
        assertThat(String.valueOf(record.get("uint64"))).isEqualTo("1152921504606846976");
        assertThat(String.valueOf(record.get("uint128"))).isEqualTo("1329227995784915872903807060280344576");
        assertThat(record.get("utf8_string")).isEqualTo("unicode! \u262f - \u266b");
        assertThat(record.get("array")).isEqualTo(List.of(1L, 2L, 3L));
        assertThat(record.get("map")).asString().contains("mapX");
        assertThat(GeoPath.parse("map.mapX.arrayX.-1").read(database, find(database, "1.1.1.1")))
                .isEqualTo(9L);
        assertThat(GeoPath.parse("map.nothing").read(database, find(database, "1.1.1.1")))
                .isNull();
    }

    @Test
    void refusesOrSurvivesDamage() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        AddressText address = new AddressText();
        int refused = 0;
        for (String name : List.of("GeoLite2-City-Test", "MaxMind-DB-test-decoder", "MaxMind-DB-test-mixed-24")) {
            byte[] sound = Files.readAllBytes(DATA.resolve(name + ".mmdb"));
            for (int round = 0; round < 1500; round++) {
                byte[] damaged = sound.clone();
                int changes = 1 + random.nextInt(4);
                for (int i = 0; i < changes; i++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
                if (round % 5 == 0) {
                    damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
                }
                try {
                    MaxMindDatabase database = MaxMindDatabase.of(damaged);
                    for (int i = 0; i < 20; i++) {
                        byte[] text = (random.nextInt(256) + ".1." + random.nextInt(256) + ".2").getBytes(UTF_8);
                        address.read(text, 0, text.length);
                        int record = database.find(random.nextLong(), address.low(), random.nextBoolean());
                        if (record >= 0) {
                            database.record(record);
                            GeoPath.parse("country.names.en").read(database, record);
                        }
                    }
                } catch (DamagedDatabaseException _) {
                    refused++;
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed + " file " + name + " round " + round, e);
                }
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @Test
    void takesAChangedFileAndKeepsTheOldOneWhenItIsDamaged() throws IOException {
        Path file = folder.resolve("geo.mmdb");
        Files.copy(DATA.resolve("GeoLite2-ASN-Test.mmdb"), file);
        GeoSource source = GeoSource.open(file);
        assertThat(source.refresh()).isFalse();
        Files.write(file, new byte[] {1, 2, 3});
        assertThat(source.refresh()).isFalse();
        assertThat(source.failures()).isOne();
        assertThat(source.current().type()).isEqualTo("GeoLite2-ASN");
        Files.write(file, Files.readAllBytes(DATA.resolve("GeoLite2-Country-Test.mmdb")));
        assertThat(source.refresh()).isTrue();
        assertThat(source.current().type()).isEqualTo("GeoLite2-Country");
    }

    @Test
    void saysWhyAFileIsRefused() throws IOException {
        Path file = folder.resolve("no.mmdb");
        Files.writeString(file, "no database");
        assertThatThrownBy(() -> MaxMindDatabase.open(file))
                .isInstanceOf(TocsinException.class)
                .hasMessageContaining("no MaxMind database");
    }
}
