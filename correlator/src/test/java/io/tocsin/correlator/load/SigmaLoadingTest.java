package io.tocsin.correlator.load;

import static io.tocsin.correlator.load.SigmaFiring.fire;
import static io.tocsin.correlator.load.SigmaFiring.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.detect.Detection;
import io.tocsin.correlator.detect.Detector;
import io.tocsin.correlator.rule.RuleSetChange;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where Sigma rules come from, and single parts of their language.
class SigmaLoadingTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    @Test
    void readsFoldersCheckoutsAndArchivesAlike(@TempDir Path folder) throws IOException {
        String text = rule("one", "selection: {a: b}\ncondition: selection\n");
        Path checkout = Files.createDirectories(folder.resolve("checkout/rules/deep"));
        Files.writeString(checkout.resolve("one.yml"), text);
        Files.createDirectories(folder.resolve("checkout/.git"));
        Files.writeString(folder.resolve("checkout/.git/broken.yml"), "a: [");
        Path archive = folder.resolve("rules.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(new ZipEntry("rules/one.yml"));
            zip.write(text.getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("rules/bad.yml"));
            zip.write("title: bad\nlogsource: {category: test}\ndetection: {condition: missing}\n"
                    .getBytes(StandardCharsets.UTF_8));
        }
        LoadedRules fromFolder = RuleLoader.load(List.of(folder.resolve("checkout")), SigmaTaxonomy.raw());
        assertThat(fromFolder.rules()).hasSize(1);
        assertThat(fromFolder.failures()).isEmpty();
        LoadedRules fromArchive = RuleLoader.load(List.of(archive), SigmaTaxonomy.raw());
        assertThat(fromArchive.rules()).extracting(rule -> rule.id()).containsExactly("one");
        assertThat(fromArchive.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.file()).endsWith("rules.zip!/rules/bad.yml");
            assertThat(failure.line()).isEqualTo(3);
        });
    }

    @Test
    void tellsHowOneSetDiffersFromAnother() {
        String correlation = """
                ---
                title: many
                id: many
                correlation:
                  type: event_count
                  rules: [one]
                  timespan: 1m
                  condition: {gte: 3}
                """;
        LoadedRules before = RuleLoader.read(
                "before",
                rule("one", "selection: {a: b}\ncondition: selection\n") + "---\n"
                        + rule("two", "selection: {a: b}\ncondition: selection\n") + correlation,
                SigmaTaxonomy.raw());
        LoadedRules after = RuleLoader.read(
                "after",
                rule("one", "selection: {a: c}\ncondition: selection\n") + "---\n"
                        + rule("three", "selection: {a: b}\ncondition: selection\n") + correlation,
                SigmaTaxonomy.raw());
        RuleSetChange change = RuleSetChange.between(before.ruleSet(), after.ruleSet());
        assertThat(change.added()).containsExactly("three");
        assertThat(change.removed()).containsExactly("two");
        // The correlation says something else because the rule it speaks of does.
        assertThat(change.changed()).containsExactlyInAnyOrder("one", "many");
        assertThat(RuleSetChange.between(before.ruleSet(), before.ruleSet()).isEmpty())
                .isTrue();
    }

    @Test
    void fillsPlaceholdersAndPlacesFromMappings() {
        String text = rule("one", "selection:\n  User|expand: '%admins%'\ncondition: selection\n");
        assertThat(RuleLoader.read("rules", text, SigmaTaxonomy.raw()).notes())
                .singleElement()
                .satisfies(note -> assertThat(note.reason()).contains("placeholder=admins"));
        String mapping = """
                kind: sigma-mapping
                name: ours
                spec:
                  fields: { User: [SourceUserName, DestinationUserName] }
                  sources: { test: { DeviceProduct: thing } }
                  placeholders: { admins: [anna, "adm_*"] }
                ---
                """;
        LoadedRules loaded = RuleLoader.read("rules", mapping + text, SigmaTaxonomy.schema());
        assertThat(loaded.failures()).isEmpty();
        assertThat(loaded.notes()).isEmpty();
        List<Detection> found = new ArrayList<>();
        Detector detector = new Detector(loaded.ruleSet(), found::add);
        EventBatch batch = new EventBatch();
        for (String user : List.of("ANNA", "adm_7", "eve")) {
            detector.begin(batch, ORIGIN, 1_000, new byte[0], 0, 0);
            batch.builder().setText(Field.DEVICE_PRODUCT, "thing");
            batch.builder().setText(Field.DESTINATION_USER_NAME, user);
            batch.builder().commit();
        }
        detector.process(batch);
        assertThat(found).hasSize(2);
    }

    @Test
    void comparesPartsOfTimes() {
        String night = rule("night", "selection:\n  when|hour|lt: 6\ncondition: selection\n");
        assertThat(fire(night, "when", "2026-11-22T03:10:00Z")).containsExactly("night");
        assertThat(fire(night, "when", "2026-11-22 07:10:00+02:00")).containsExactly("night");
        assertThat(fire(night, "when", "1763780400000")).containsExactly("night");
        assertThat(fire(night, "when", "2026-11-22T09:10:00Z")).isEmpty();
        assertThat(fire(night, "when", "yesterday")).isEmpty();
        String month = rule("month", "selection:\n  when|month: 11\n  when|week: 47\ncondition: selection\n");
        assertThat(fire(month, "when", "2026-11-22T03:10:00Z")).containsExactly("month");
    }

    @Test
    void refusesModifiersThatMeanNothingTogether() {
        for (String item :
                List.of("a|re|cidr: x", "a|contains|gt: 5", "a|hour|contains: 5", "a|base64|base64offset: x")) {
            LoadedRules loaded = RuleLoader.read(
                    "rules", rule("one", "selection:\n  " + item + "\ncondition: selection\n"), SigmaTaxonomy.raw());
            assertThat(loaded.rules()).as(item).isEmpty();
            assertThat(loaded.failures())
                    .as(item)
                    .singleElement()
                    .satisfies(failure -> assertThat(failure.line()).isEqualTo(6));
        }
    }

    @Test
    void laysGlobalDocumentsUnderThoseThatFollow() {
        String text = """
                action: global
                title: both
                logsource: {category: test}
                detection:
                  condition: selection
                ---
                id: one
                detection: {selection: {a: b}}
                ---
                action: repeat
                id: two
                detection: {selection: {a: c}}
                ---
                action: reset
                ---
                title: alone
                id: three
                logsource: {category: test}
                detection: {selection: {a: c}, condition: selection}
                """;
        assertThat(fire(text, "a", "b")).containsExactly("one");
        assertThat(fire(text, "a", "c")).containsExactlyInAnyOrder("two", "three");
    }
}
