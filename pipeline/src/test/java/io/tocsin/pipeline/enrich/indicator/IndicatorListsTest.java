package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IndicatorListsTest {
    private static final Path DATA = Path.of(System.getenv().getOrDefault("TOCSIN_TEST_DATA", "../../shared/data"))
            .resolve("stix/oasis-examples");

    @TempDir
    private Path folder;

    private IndicatorSource open(String... lists) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("lists", "{ lists: [" + String.join(", ", lists) + "] }", problems);
        IndicatorConfig config = node == null ? null : IndicatorConfig.SPEC.read(node, problems);
        problems.throwIfAny();
        return IndicatorSource.open(Objects.requireNonNull(config), folder, SystemClock.process());
    }

    private static List<String> rows(IndicatorIndex index) {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < index.size(); i++) {
            rows.add(index.value(i) + " " + index.list(i) + " " + index.category(i) + " " + index.confidence(i) + " "
                    + index.reference(i));
        }
        return rows;
    }

    @Test
    void readsPlainAndSeparatedLists() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain.txt"), "# feed\n192.0.2.7\nevil[.]example\n\nnonsense\n");
        Path csv = Files.writeString(
                folder.resolve("feed.csv"),
                "id;ioc;type;score;tag;until\n7;192.0.2.0/24;ip;80;scanner;2099-01-01\n8;http://x.example/y;url;high;;4102444800\n9;old.example;domain;1;;2001-02-03\n");
        try (IndicatorSource source = open(
                "{ type: csv, name: plain, category: c2, confidence: 50, file: " + plain + " }",
                "{ type: csv, name: feed, separator: ';', value: ioc, kindFrom: type, confidenceFrom: score, categoryFrom: tag, endFrom: until, referenceFrom: id, file: "
                        + csv + " }")) {
            assertThat(rows(source.current()))
                    .containsExactly(
                            "192.0.2.7 plain c2 50 ",
                            "evil.example plain c2 50 ",
                            "192.0.2.0/24 feed scanner 80 7",
                            "x.example/y feed  85 8");
            assertThat(source.passedOver()).containsEntry("expired", 1L).containsEntry("not a value of its kind", 1L);
        }
    }

    @Test
    void readsJsonInListsInsideOfObjectsAndLineByLine() throws IOException {
        Path nested = Files.writeString(
                folder.resolve("nested.json"),
                "{\"Event\": {\"info\": [1,{}], \"Attribute\": [{\"value\":\"192.0.2.7\",\"type\":\"ip-dst\",\"meta\":{\"tag\":\"c2\"}}, {\"type\":\"x\"}, 5]}}");
        Path lines = Files.writeString(
                folder.resolve("lines.json"),
                "{\"value\":\"a.example\"}\n{\"value\":\"b.example\",\"conf\":12.5}\n\"c.example\"\n");
        try (IndicatorSource source = open(
                "{ type: json, name: misp, items: Event.Attribute, kindFrom: type, categoryFrom: meta.tag, file: "
                        + nested + " }",
                "{ type: json, name: lines, confidenceFrom: conf, file: " + lines + " }")) {
            assertThat(rows(source.current()))
                    .containsExactly(
                            "192.0.2.7 misp c2 -1 ",
                            "a.example lines  -1 ",
                            "b.example lines  12 ",
                            "c.example lines  -1 ");
        }
    }

    @Test
    void findsAnAddressThatAListCallsADomain() throws IOException {
        Path file = Files.writeString(folder.resolve("names.csv"), "ioc,type\n192.0.2.7,domain\n");
        try (IndicatorSource source = open("{ type: csv, name: f, value: ioc, kindFrom: type, file: " + file + " }")) {
            IndicatorMatcher matcher = new IndicatorMatcher();
            matcher.begin(source.current(), 0, 0);
            matcher.any("192.0.2.7".getBytes(US_ASCII), 0, 9);
            assertThat(matcher.count()).isEqualTo(1);
        }
    }

    @Test
    void takesTheLastVersionOfStixObjects() throws IOException {
        String object =
                "{\"type\":\"indicator\",\"id\":\"indicator--1\",\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = '%s']\",\"modified\":\"%s\",\"confidence\":70,\"indicator_types\":[\"malicious-activity\"]%s}";
        Path bundle = Files.writeString(
                folder.resolve("bundle.json"),
                "{\"type\":\"bundle\",\"objects\":["
                        + String.format(object, "new.example", "2026-02-01T00:00:00Z", "")
                        + "," + String.format(object, "old.example", "2026-01-01T00:00:00Z", "")
                        + ",{\"type\":\"malware\",\"id\":\"malware--1\"},"
                        + String.format(object, "gone.example", "2026-01-01T00:00:00Z", ",\"revoked\":true")
                                .replace("indicator--1", "indicator--2")
                        + "]}");
        try (IndicatorSource source = open("{ type: stix, name: bundle, file: " + bundle + " }")) {
            assertThat(rows(source.current())).containsExactly("new.example bundle malicious-activity 70 indicator--1");
            assertThat(source.passedOver()).containsEntry("older version", 1L).containsEntry("revoked", 1L);
        }
    }

    @Test
    void readsTheExamplesOfTheStandard() throws IOException {
        Assumptions.assumeTrue(Files.isDirectory(DATA), "test data is absent: set TOCSIN_TEST_DATA");
        List<String> lists = new ArrayList<>();
        try (var files = Files.walk(DATA)) {
            files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .forEach(file ->
                            lists.add("{ type: stix, name: '" + file.getFileName() + "', file: " + file + " }"));
        }
        try (IndicatorSource source = open(lists.toArray(String[]::new))) {
            System.out.println("standard examples: " + source.current().size() + " indicators, passed over "
                    + source.passedOver());
            assertThat(rows(source.current()))
                    .anyMatch(row -> row.startsWith("198.51.100.1 indicator-for-c2-ip-address.json")
                            || row.contains("indicator-for-c2-ip-address.json"));
            assertThat(source.current().size()).isGreaterThan(5);
            assertThat(source.failures()).isZero();
        }
    }

    @Test
    void readsAgainWhatChangedAndKeepsWhatWasWhenItIsDamaged() throws IOException {
        Path file = Files.writeString(folder.resolve("feed.json"), "[\"a.example\"]");
        try (IndicatorSource source = open("{ type: json, name: f, file: " + file + " }")) {
            assertThat(source.refresh()).isFalse();
            Files.writeString(file, "[\"a.example\", \"b.example\"]");
            assertThat(source.refresh()).isTrue();
            assertThat(source.current().size()).isEqualTo(2);
            Files.writeString(file, "[\"a.example\", ");
            assertThat(source.refresh()).isFalse();
            assertThat(source.failures()).isOne();
            assertThat(source.current().size()).isEqualTo(2);
        }
    }

    @Test
    void survivesAnyJson() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] parts = {
            "{",
            "}",
            "[",
            "]",
            "\"a\"",
            ":",
            ",",
            "1",
            "-2.5e3",
            "true",
            "null",
            "\"\\u12",
            "\"",
            " ",
            "\n",
            "\\",
            "x",
            "\"objects\""
        };
        for (int i = 0; i < 30_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(20); j > 0; j--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            try {
                new JsonStream(new StringReader(text.toString()))
                        .elements(random.nextBoolean() ? List.of() : List.of("a"), _ -> {});
            } catch (IOException _) {
                // What is not JSON is refused.
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " text " + text, e);
            }
        }
        assertThat(read("[".repeat(100_000))).isNull();
        assertThat(read("{\"a\":".repeat(100_000))).isNull();
    }

    private static @Nullable List<Object> read(String text) {
        try {
            List<Object> values = new ArrayList<>();
            new JsonStream(new StringReader(text))
                    .elements(List.of(), value -> values.add(Objects.requireNonNull(value)));
            return values;
        } catch (IOException _) {
            return null;
        }
    }

    @Test
    void readsEveryKindOfJsonValue() {
        assertThat(read("[ [1, -2.5], {\"\\u00e9\\n\": true}, \"\\ud83d\\ude00\", 12345678901234567890 ]"))
                .containsExactly(1L, -2.5, java.util.Map.of("\u00e9\n", true), "\ud83d\ude00", 1.2345678901234567e19);
    }
}
