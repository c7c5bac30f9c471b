package io.tocsin.correlator.load;

import static io.tocsin.correlator.load.SigmaFiring.refusals;
import static io.tocsin.correlator.load.SigmaFiring.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Rules come from strangers. What is made to break the reader is refused with a reason, in bounded time and memory,
/// and the rules beside it load.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class HostileRulesTest {
    private static final String GOOD = rule("good", "selection: {a: b}\ncondition: selection\n");

    @TempDir
    private Path folder;

    private Path archive(String name, String entry, byte[] bytes) throws IOException {
        Path archive = folder.resolve(name);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(new ZipEntry("good.yml"));
            zip.write(GOOD.getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(bytes);
        }
        return archive;
    }

    private static void refusedBesideTheGood(LoadedRules loaded, String reason) {
        assertThat(loaded.rules()).extracting(rule -> rule.id()).containsExactly("good");
        assertThat(loaded.failures())
                .isNotEmpty()
                .allSatisfy(failure -> assertThat(failure.reason()).contains(reason))
                .allSatisfy(failure -> assertThat(failure.line()).isPositive());
    }

    @Test
    void unpacksNoMoreOfAnArchiveThanRulesMayBeLong() throws IOException {
        Path bomb = archive("bomb.zip", "rules.yml", new byte[40 << 20]);
        assertThat(Files.size(bomb)).isLessThan(100_000);
        refusedBesideTheGood(RuleLoader.load(List.of(bomb), SigmaTaxonomy.raw()), "too long for rules");
        Path many = folder.resolve("many.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(many))) {
            byte[] zeros = new byte[16 << 20];
            for (int i = 0; i < 12; i++) {
                zip.putNextEntry(new ZipEntry("rules" + i + ".yml"));
                zip.write(zeros);
            }
        }
        assertThat(RuleLoader.load(List.of(many), SigmaTaxonomy.raw()).failures())
                .anyMatch(failure -> failure.reason().contains("too long together"));
    }

    @Test
    void writesNothingWhateverAnArchiveCallsItsFiles() throws IOException {
        byte[] other =
                rule("other", "selection: {a: c}\ncondition: selection\n").getBytes(StandardCharsets.UTF_8);
        for (String name :
                List.of("../../evil.yml", "/etc/evil.yml", "C:\\evil.yml", "a\0b.yml", "..\\..\\evil.yaml")) {
            Path archive = archive("names.zip", name, other);
            LoadedRules loaded = RuleLoader.load(List.of(archive), SigmaTaxonomy.raw());
            assertThat(loaded.rules()).as(name).extracting(rule -> rule.id()).contains("good");
            assertThat(loaded.failures())
                    .as(name)
                    .allSatisfy(failure -> assertThat(failure.reason()).contains("not a zip archive"));
        }
        try (Stream<Path> left = Files.walk(folder)) {
            assertThat(left.filter(Files::isRegularFile).map(file -> String.valueOf(file.getFileName())))
                    .containsExactly("names.zip");
        }
    }

    @Test
    void takesADamagedArchiveForNone() throws IOException {
        Path archive = Files.writeString(folder.resolve("rules.zip"), "PK no archive");
        Path good = Files.writeString(folder.resolve("good.yml"), GOOD);
        refusedBesideTheGood(RuleLoader.load(List.of(archive, good), SigmaTaxonomy.raw()), "not a zip archive");
        Path cut = archive("cut.zip", "b.yml", new byte[100_000]);
        byte[] whole = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
        refusedBesideTheGood(RuleLoader.load(List.of(cut, good), SigmaTaxonomy.raw()), "not a zip archive");
    }

    @Test
    void readsNoFileThatIsTooLongAndNoneThatIsNotText() throws IOException {
        Files.writeString(folder.resolve("good.yml"), GOOD);
        Path huge = folder.resolve("huge.yml");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(100L << 20);
        }
        refusedBesideTheGood(RuleLoader.load(List.of(folder), SigmaTaxonomy.raw()), "too large");
        Files.delete(huge);
        byte[] broken = "title: \"\u00ff\"\n".getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("latin.yml"), broken);
        refusedBesideTheGood(RuleLoader.load(List.of(folder), SigmaTaxonomy.raw()), "not UTF-8");
        refusedBesideTheGood(
                RuleLoader.load(List.of(archive("latin.zip", "latin.yml", broken)), SigmaTaxonomy.raw()), "not UTF-8");
    }

    @Test
    void followsAnchorsOnlySoFar() {
        StringBuilder bomb = new StringBuilder("title: bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [").append(("*a" + (i - 1) + ", ").repeat(9));
            bomb.append("*a").append(i - 1).append("]\n");
        }
        bomb.append("logsource: {category: test}\ndetection: {selection: {f: *a11}, condition: selection}\n");
        assertThat(refusals(bomb.toString())).isNotEmpty();
        assertThat(refusals("a: &a [*a]\nlogsource: {}\n")).isNotEmpty();
    }

    @Test
    void goesNoDeeperThanItSays() {
        assertThat(refusals("detection: " + "[".repeat(100_000))).isNotEmpty();
        assertThat(refusals("detection: " + "{a: ".repeat(10_000))).isNotEmpty();
        String nested = "[".repeat(20) + "{a: b}" + "]".repeat(20);
        assertThat(refusals(rule("one", "selection: " + nested + "\ncondition: selection\n")))
                .isNotEmpty()
                .allMatch(reason -> reason.contains("nested too deeply"));
        String parentheses = "(".repeat(2_000) + "selection" + ")".repeat(2_000);
        assertThat(refusals(rule("one", "selection: {a: b}\ncondition: " + parentheses + "\n")))
                .singleElement()
                .asString()
                .contains("nested too deeply");
        assertThat(refusals(rule("one", "selection: {a: b}\ncondition: " + "not ".repeat(100_000) + "selection\n")))
                .singleElement()
                .asString()
                .contains("too long");
        assertThat(refusals(rule("one", "a: {a: b}\ncondition: a" + " and a".repeat(100_000) + " | count() > 1\n")))
                .singleElement()
                .asString()
                .contains("too long");
    }

    @Test
    void writesNoMoreValuesOutThanARuleMayHave() {
        String dashes = "f|windash|contains: [" + "' -a -b -c -d -e ', ".repeat(20_000) + "x]";
        assertThat(refusals(rule("one", "selection:\n  " + dashes + "\ncondition: selection\n")))
                .isNotEmpty()
                .allMatch(reason -> reason.contains("too many when written out"));
        String mapping = "kind: sigma-mapping\nname: m\nspec:\n  placeholders:\n    p: ["
                + ("'" + "y".repeat(1_000) + "', ").repeat(300) + "z]\n---\n";
        assertThat(refusals(mapping + rule("one", "selection:\n  f|expand: '%p%%p%%p%'\ncondition: selection\n")))
                .isNotEmpty()
                .allMatch(reason -> reason.contains("too many"));
        StringBuilder selections = new StringBuilder();
        for (int i = 0; i < 3_000; i++) {
            selections.append('s').append(i).append(": {a: b}\n");
        }
        assertThat(refusals(rule("one", selections + "condition: 1 of them" + " or 1 of them".repeat(500) + "\n")))
                .singleElement()
                .asString()
                .contains("too many selections");
        assertThat(refusals(rule("one", "selection: {f: '" + "x".repeat(1 << 20) + "'}\ncondition: selection\n")))
                .singleElement()
                .asString()
                .contains("value is too long");
    }

    @Test
    void laysNoHugeDocumentUnderOthers() {
        StringBuilder global = new StringBuilder("action: global\ntitle: all\ndetection:\n");
        for (int i = 0; i < 20_000; i++) {
            global.append("  s").append(i).append(": {a: b}\n");
        }
        String documents = global + "---\nid: one\nlogsource: {category: test}\n".repeat(2_000);
        assertThat(refusals(documents)).anyMatch(reason -> reason.contains("to be laid under others is too large"));
    }

    @Test
    void namesCorrelationsThatSpeakOfEachOther() {
        String body = "  type: temporal\n  timespan: 1m\n  rules: ";
        String circle = "title: a\nid: a\ncorrelation:\n" + body + "[b]\n---\ntitle: b\nid: b\ncorrelation:\n" + body
                + "[a]\n---\n" + GOOD;
        assertThat(refusals(circle)).hasSize(2).anyMatch(reason -> reason.contains("in a circle"));
        assertThat(refusals("title: a\nid: a\ncorrelation:\n" + body + "[a]\n"))
                .anyMatch(reason -> reason.contains("in a circle"));
        StringBuilder chain = new StringBuilder(GOOD);
        for (int i = 5_000; i > 0; i--) {
            chain.append("---\ntitle: c").append(i).append("\nid: c").append(i).append("\ncorrelation:\n");
            chain.append(body)
                    .append('[')
                    .append(i == 1 ? "good" : "c" + (i - 1))
                    .append("]\n");
        }
        assertThat(refusals(chain.toString())).anyMatch(reason -> reason.contains("too deeply"));
    }

    @Test
    void namesBothPlacesOfAnIdentifierThatStandsTwice() {
        LoadedRules loaded = RuleLoader.read("rules.yml", GOOD + "---\n" + GOOD, SigmaTaxonomy.raw());
        refusedBesideTheGood(loaded, "another rule has the same name or id [rule=good, first=rules.yml:1");
        assertThat(loaded.failures().getFirst().line()).isEqualTo(8);
    }

    /// It was passed over in silence: somebody looked for findings of a rule that nobody had read.
    @Test
    void namesAKindThatIsNearlyOneOfOurs() {
        String rule = "kind: rul\nname: x\nspec: {type: simple}\n";
        assertThat(RuleLoader.read("rules", rule, SigmaTaxonomy.schema()).failures())
                .singleElement()
                .asString()
                .isEqualTo("rules:1: unknown kind of resource [kind=rul]; did you mean rule?");
        for (String other : new String[] {"collector", "Deployment", "response"}) {
            assertThat(RuleLoader.read("rules", rule.replace("rul\n", other + "\n"), SigmaTaxonomy.schema())
                            .failures())
                    .as(other)
                    .isEmpty();
        }
    }
}
