package io.tocsin.app.up;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.Problems;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.rule.RuleSetChange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rules that change while a correlator runs.
final class RuleSwitchTest {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final InstantSource CLOCK = InstantSource.system();

    @TempDir
    private Path folder;

    private Path own = Path.of("");
    private Path shipped = Path.of("");
    private final List<RuleSet> replaced = new CopyOnWriteArrayList<>();
    private final List<RuleSetChange> told = new CopyOnWriteArrayList<>();

    @BeforeEach
    void makeFolders() throws IOException {
        own = Files.createDirectory(folder.resolve("own"));
        shipped = Files.createDirectory(folder.resolve("shipped"));
    }

    private static String rule(String name, String filter) {
        return "kind: rule\nname: " + name + "\nspec:\n  type: simple\n  description: A test.\n  selectors:\n"
                + "    - filter: " + filter + "\n";
    }

    private static String sigma(String id, String modifier) {
        return "title: " + id + "\nid: " + id + "\nlogsource: { product: windows }\ndetection:\n  sel:\n    Image|"
                + modifier + ": evil\n  condition: sel\n";
    }

    private void write(String file, String text) throws IOException {
        Path path = own.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void zip(String file, String entry, String text) throws IOException {
        try (OutputStream out = Files.newOutputStream(own.resolve(file));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(text.getBytes(UTF_8));
            zip.closeEntry();
        }
    }

    private Resources load(Problems problems) {
        return Resources.load(shipped, own, _ -> null, problems);
    }

    private RuleSwitch begin() {
        Problems problems = new Problems();
        RuleSwitch rules = new RuleSwitch(RuleFolders.load(load(problems), problems), CLOCK);
        problems.throwIfAny();
        rules.connect(replaced::add, told::add);
        return rules;
    }

    @Test
    void takesFilesOfTablesIntoUseWhenTheyChangeAndSaysWhatDiffers() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere.csv"), "key,value\na,1\nb,2\n");
        write("owners.tsv", "host\towner\nweb-1\teve\n");
        write(
                "tables.yaml",
                "kind: dictionary\nname: numbers\nspec: { file: " + elsewhere
                        + " }\n---\nkind: table\nname: owners\nspec: { key: [host], file: owners.tsv }\n");
        write("rule.yaml", rule("known", "\"dict('numbers', DestinationPort) = '1'\""));
        RuleSwitch rules = begin();
        assertThat(rules.rules().fixedTables()).hasSize(2);
        rules.retry();
        assertThat(replaced).isEmpty();

        Files.writeString(elsewhere, "key,value\nb,3\nc,4\nd,5\n");
        rules.retry();
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().tables()).containsExactly("numbers: 2 rows added, 1 removed, 1 changed");
        assertThat(replaced.getFirst().fixedTables().getFirst().rows().value(List.of("b"), "value"))
                .isEqualTo("3");

        write("owners.tsv", "host\towner\nweb-1\tadam\n");
        assertThat(change(rules).list()).isEmpty();
        assertThat(told.getLast().tables()).containsExactly("owners: 0 rows added, 0 removed, 1 changed");
        assertThat(rules.text()).contains("owners: 0 rows added");

        write("tables.yaml", "kind: dictionary\nname: numbers\nspec: { file: gone.csv }\n");
        assertThat(change(rules).list()).isNotEmpty();
        assertThat(rules.rules().fixedTables()).hasSize(2);
    }

    /// @return what was wrong
    private Problems change(RuleSwitch rules) {
        Problems problems = new Problems();
        Runnable change = rules.prepare(load(problems), problems);
        if (problems.count() == 0) {
            change.run();
        }
        return problems;
    }

    private static List<String> ids(RuleSwitch rules) {
        return rules.rules().rules().stream().map(Rule::id).sorted().toList();
    }

    @Test
    void changesSigmaRulesWithTheirPipelineAndKeepsThemWhenItIsWrong() throws IOException {
        write("rules.yml", sigma("piped", "contains"));
        write("own.yaml", rule("own", "Name = 'a'"));
        RuleSwitch rules = begin();
        String pipeline = "name: p\ntransformations:\n- {type: field_name_mapping, mapping: {Image: S.program}}\n";
        write("pipeline.yml", pipeline);

        assertThat(change(rules).list()).isEmpty();
        assertThat(told.getLast().changed()).containsExactly("piped");
        assertThat(rules.rules().rules().toString()).contains("key=program");

        write("pipeline.yml", pipeline.replace("mapping:", "maping:"));
        assertThat(change(rules).list()).anyMatch(problem -> problem.message().contains("did you mean mapping?"));
        assertThat(rules.rules().rules().toString()).contains("key=program");
    }

    @Test
    void takesNewRulesAtOnceAndTellsWhatChanged() throws IOException {
        write("a.yaml", rule("first", "Name = 'a'"));
        write("b.yaml", rule("second", "Name = 'b'"));
        RuleSwitch rules = begin();
        write("a.yaml", rule("first", "Name = 'c'") + "---\n" + rule("third", "Name = 'd'"));
        Files.delete(own.resolve("b.yaml"));

        assertThat(change(rules).list()).isEmpty();

        assertThat(ids(rules)).containsExactly("first", "third");
        assertThat(replaced).hasSize(1);
        assertThat(told.getFirst().changed()).containsExactly("first");
        assertThat(told.getFirst().added()).containsExactly("third");
        assertThat(told.getFirst().removed()).containsExactly("second");
        assertThat(rules.changes()).hasSize(1);
        assertThat(rules.text()).contains("2 rules", "1 added, 1 changed, 1 removed");
    }

    @Test
    void changesNothingWhenOneRuleHasAMistake() throws IOException {
        write("a.yaml", rule("first", "Name = 'a'"));
        RuleSwitch rules = begin();
        write("a.yaml", rule("first", "Name = 'b'"));
        write("b.yaml", rule("second", "Nam = 'b'"));

        assertThat(change(rules).list().toString()).contains("unknown field [name=Nam]");

        assertThat(ids(rules)).containsExactly("first");
        assertThat(replaced).isEmpty();
    }

    @Test
    void leavesOutANewSigmaRuleWithAMistakeButLosesNoneThatRuns() throws IOException {
        write("one.yml", sigma("one", "endswith"));
        RuleSwitch rules = begin();
        write("two.yml", sigma("two", "nonsense"));

        assertThat(change(rules).list()).isEmpty();
        assertThat(ids(rules)).containsExactly("one");
        assertThat(rules.text()).contains("left out", "two.yml", "nonsense");

        write("one.yml", sigma("one", "nonsense"));
        assertThat(change(rules).list().toString()).contains("a rule that runs cannot be used any more [rule=one]");
        assertThat(ids(rules)).containsExactly("one");
    }

    @Test
    void readsArchivesAndCheckoutsAndNothingThatIsHidden() throws IOException {
        zip("pack.zip", "rules/zipped.yml", sigma("zipped", "contains"));
        write("sigma/.git/config", "");
        write("sigma/.github/workflows/test.yml", "on: push\n");
        write("sigma/other/settings.yml", "- a\n- b\n");
        write("sigma/rules/checked.yml", sigma("checked", "contains"));
        write(".draft.yaml", rule("draft", "Name = 'a'"));

        RuleSwitch rules = begin();

        assertThat(ids(rules)).containsExactly("checked", "zipped");

        zip("pack.zip", "rules/zipped.yml", "title: broken\nid: zipped\ndetection: {");
        assertThat(change(rules).list().toString()).contains("a rule that runs cannot be used any more [rule=zipped]");
    }

    @Test
    void followsTheFolder() throws IOException {
        write("a.yaml", rule("first", "Name = 'a'"));
        RuleSwitch rules = begin();
        try (ResourceWatch watch = ResourceWatch.start(own, this::load, List.of(rules), Duration.ofMillis(250))) {
            zip("pack.zip", "zipped.yml", sigma("zipped", "contains"));
            await().atMost(LONGEST).until(() -> replaced.size() == 1);
            assertThat(ids(rules)).containsExactly("first", "zipped");

            write("a.yaml", "kind: rule\nname: first\n");
            await().atMost(LONGEST).until(() -> watch.trouble() != null);
            assertThat(watch.trouble()).contains("was not made", "spec");
            assertThat(replaced).hasSize(1);
        }
    }
}
