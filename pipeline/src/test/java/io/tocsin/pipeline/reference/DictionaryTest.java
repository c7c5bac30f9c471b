package io.tocsin.pipeline.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DictionaryTest {
    @TempDir
    private Path folder;

    private static String text(Dictionary dictionary, int row, int column) {
        byte[] value = dictionary.value(row, column);
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    private static DictionarySource open(String kind, String yaml) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("test", yaml, problems);
        problems.throwIfAny();
        DictionarySource source =
                new Dictionaries(_ -> null).open(kind, java.util.Objects.requireNonNull(node), problems);
        problems.throwIfAny();
        return java.util.Objects.requireNonNull(source);
    }

    @Test
    void answersLikeAMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, String> model = new HashMap<>();
        Dictionary.Builder builder = Dictionary.builder(List.of("key"), List.of("value"), false);
        for (int i = 0; i < 20_000; i++) {
            String key = Integer.toString(random.nextInt(15_000), 36);
            String value = Integer.toString(random.nextInt(1, 500), 36);
            model.put(key, value);
            builder.add(List.of(key), List.of(value));
        }
        Dictionary dictionary = builder.build();
        assertThat(dictionary.size()).as("seed %d", seed).isEqualTo(model.size());
        for (int i = 0; i < 15_000; i++) {
            String key = Integer.toString(i, 36);
            int row = dictionary.find(key);
            assertThat(row >= 0 ? text(dictionary, row, 0) : null)
                    .as("seed %d key %s", seed, key)
                    .isEqualTo(model.get(key));
        }
    }

    @Test
    void tellsApartKeysOfSeveralColumns() {
        Dictionary.Builder builder = Dictionary.builder(List.of("a", "b"), List.of("v", "w"), false);
        builder.add(List.of("x", "yz"), List.of("1", ""));
        builder.add(List.of("xy", "z"), List.of("2", "3"));
        Dictionary dictionary = builder.build();
        assertThat(text(dictionary, dictionary.find("x", "yz"), 0)).isEqualTo("1");
        assertThat(dictionary.value(dictionary.find("x", "yz"), 1)).isNull();
        assertThat(text(dictionary, dictionary.find("xy", "z"), 1)).isEqualTo("3");
        assertThat(dictionary.find("xyz")).isNegative();
    }

    @Test
    void ignoresCaseWhenAsked() {
        assertThat(Dictionary.of(Map.of("Admin", "1"), true).find("aDMIN")).isZero();
        assertThat(Dictionary.of(Map.of("Admin", "1"), false).find("aDMIN")).isNegative();
    }

    @Test
    void readsTablesFromFilesAndAgainWhenTheyChange() throws IOException {
        Path file = folder.resolve("hosts.csv");
        Files.writeString(file, "address;owner;site\n10.0.0.1;anna;\"north; main\"\n# note\n10.0.0.2;bert\n");
        DictionarySource source = open("table", "key: address\nseparator: ';'\nfile: " + file);
        Dictionary first = source.current();
        assertThat(first.valueColumns()).containsExactly("owner", "site");
        assertThat(text(first, first.find("10.0.0.1"), 1)).isEqualTo("north; main");
        assertThat(first.value(first.find("10.0.0.2"), 1)).isNull();
        assertThat(source.refresh()).isFalse();

        Files.writeString(file, "address;owner;site\n10.0.0.1;carl;south\n");
        assertThat(source.refresh()).isTrue();
        assertThat(text(source.current(), source.current().find("10.0.0.1"), 0)).isEqualTo("carl");

        Files.writeString(file, "nothing\n");
        assertThat(source.refresh()).isFalse();
        assertThat(source.failures()).isOne();
        assertThat(text(source.current(), source.current().find("10.0.0.1"), 0)).isEqualTo("carl");
    }

    @Test
    void readsRowsOfJsonYamlAndTabsBesideTheResource() throws IOException {
        Files.writeString(
                folder.resolve("hosts.json"), "[\n {\"a\": \"x\", \"b\": 1},\n {\"a\": \"y\", \"c\": \"2\"}]");
        Files.writeString(folder.resolve("hosts.yaml"), "- { a: x, b: '1' }\n- { a: y, c: 2 }\n");
        Files.writeString(folder.resolve("hosts.tsv"), "a\tb\tc\nx\t1\t\ny\t\t2\n");
        for (String name : List.of("hosts.json", "hosts.yaml", "hosts.tsv")) {
            Problems problems = new Problems();
            String yaml = "{ key: [a], file: " + name + " }";
            ConfigNode node = java.util.Objects.requireNonNull(
                    YamlReader.read(folder.resolve("resource.yaml").toString(), yaml, problems));
            DictionarySource source = new Dictionaries(_ -> null).open("table", node, problems);
            problems.throwIfAny();
            Dictionary table = java.util.Objects.requireNonNull(source).current();
            assertThat(table.size()).as(name).isEqualTo(2);
            assertThat(text(table, table.find("x"), table.column("b"))).isEqualTo("1");
            assertThat(text(table, table.find("y"), table.column("c"))).isEqualTo("2");
            assertThat(table.key(table.find("y"))).containsExactly("y");
        }
        Path file = folder.resolve("ports");
        Files.writeString(file, "{\"22\": \"ssh\", \"80\": \"http\"}");
        Dictionary ports =
                open("dictionary", "{ format: json, file: " + file + " }").current();
        assertThat(text(ports, ports.find("80"), 0)).isEqualTo("http");
    }

    @Test
    void leavesRowsWithMistakesOutAndTellsTheirLines() throws IOException {
        Path file = folder.resolve("hosts.csv");
        Files.writeString(file, "a,b\nx,1\ny,2,3\n,4\n\"z\"!,5\nx,6\nn\0,7\n\"open,8\n");
        DictionarySource source = open("table", "{ key: [a], file: " + file + " }");
        Dictionary rows = source.current();
        assertThat(rows.size()).isOne();
        assertThat(text(rows, rows.find("x"), 0)).isEqualTo("6");
        assertThat(source.refusedRows()).isEqualTo(6);
        Problems problems = new Problems();
        ConfigNode node =
                java.util.Objects.requireNonNull(YamlReader.read("r", "{ key: [a], file: " + file + " }", problems));
        DictionaryFile.Content content = java.util.Objects.requireNonNull(
                        DictionaryConfig.read("table", node, problems))
                .read();
        assertThat(content.problems())
                .containsExactly(
                        "line 3: 3 cells, but 2 columns",
                        "line 4: the key is empty",
                        "line 5: text behind a closing quote: a quote within a cell is doubled",
                        "line 6: the key stood there before, the row before is not used [key=x]",
                        "line 7: a character that is no text: NUL, the separator of keys, or one that is not UTF-8",
                        "line 8: a quote is not closed");
    }

    @Test
    void readsDictionariesWrittenInPlace() {
        Dictionary dictionary =
                open("dictionary", "entries: { \"22\": ssh, \"80\": http }").current();
        assertThat(text(dictionary, dictionary.find("80"), 0)).isEqualTo("http");
        Dictionary table = open("table", "{ key: [a], rows: [ { a: x, b: '1' }, { a: y, c: '2' } ] }")
                .current();
        assertThat(text(table, table.find("y"), table.column("c"))).isEqualTo("2");
    }

    @Test
    void refusesWhatIsNoDictionary() {
        Problems problems = new Problems();
        Dictionaries dictionaries = new Dictionaries(_ -> null);
        for (String yaml : List.of("missing", "{}", "{ file: /no/such/file }", "{ entries: { a: b }, file: x }")) {
            int before = problems.count();
            ConfigNode node = java.util.Objects.requireNonNull(YamlReader.read("test", yaml, problems));
            assertThat(dictionaries.open("dictionary", node, problems)).isNull();
            assertThat(problems.count()).as(yaml).isEqualTo(before + 1);
        }
    }
}
