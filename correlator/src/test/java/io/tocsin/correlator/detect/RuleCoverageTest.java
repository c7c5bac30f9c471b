package io.tocsin.correlator.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.correlator.attack.NavigatorLayer;
import io.tocsin.correlator.checkpoint.DamagedStateException;
import io.tocsin.correlator.checkpoint.StateReader;
import io.tocsin.correlator.checkpoint.StateWriter;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import io.tocsin.event.EntryOrigin;
import io.tocsin.event.EventBatch;
import io.tocsin.event.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RuleCoverageTest {
    private static final EntryOrigin ORIGIN = EntryOrigin.local("test", "test", "");

    private static String rule(String name, String filter) {
        return "kind: rule\nname: " + name + "\nspec:\n  type: simple\n  description: A test.\n  mitre: [T1110.001]\n"
                + "  selectors:\n    - filter: \"" + filter + "\"\n---\n";
    }

    private static final List<Rule> RULES = RuleLoader.read(
                    "rules.yaml",
                    rule("works", "DeviceProduct = 'sshd' and Name = 'failed'")
                            + rule("starved", "DeviceProduct = 'sshd' and (FileHash = 'a' or RequestUrl = 'b')")
                            + rule("either", "DeviceProduct = 'sshd' and (FileHash = 'a' or Name = 'b')")
                            + rule("without", "DeviceProduct = 'sshd' and not FileHash = 'a'")
                            + rule("silent", "DeviceProduct = 'nginx' and Name = 'failed'"),
                    SigmaTaxonomy.schema())
            .rules();

    private static RuleCoverage observed() {
        RuleCoverage coverage = new RuleCoverage(RULES);
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        batch.builder().begin(ORIGIN, 0, 1, 5_000_000_000L, 1, raw, 0, 0);
        batch.builder().setText(Field.DEVICE_PRODUCT, "sshd");
        batch.builder().setText(Field.NAME, "accepted");
        batch.builder().commit();
        coverage.observe(batch);
        return coverage;
    }

    @Test
    void tellsARuleThatCanFireFromOneThatIsStarvedAndOneWhoseSourceIsSilent() {
        List<RuleCoverage.Row> rows = observed().rows();
        assertThat(rows.stream().map(row -> row.rule().id() + ": " + row.state().text()))
                .containsExactly(
                        "works: can fire",
                        "starved: starved",
                        "either: can fire",
                        "without: can fire",
                        "silent: source silent");
        assertThat(rows.get(1).missing()).containsExactly("FileHash", "RequestUrl");
        assertThat(rows.get(1).lastSourceMillis()).isEqualTo(5_000);
    }

    private static void show(RuleCoverage coverage, String product, Field field) {
        EventBatch batch = new EventBatch();
        byte[] raw = {};
        batch.builder().begin(ORIGIN, 0, 2, 9_000_000_000L, 2, raw, 0, 0);
        batch.builder().setText(Field.DEVICE_PRODUCT, product);
        batch.builder().setText(field, "value");
        batch.builder().commit();
        coverage.observe(batch);
    }

    private static RuleCoverage read(List<Rule> rules, StateWriter... written) {
        RuleCoverage coverage = new RuleCoverage(rules);
        coverage.read(new StateReader(written[0].toBytes()));
        for (int i = 1; i < written.length; i++) {
            coverage.readChanges(new StateReader(written[i].toBytes()));
        }
        coverage.saved();
        return coverage;
    }

    private static List<String> told(RuleCoverage coverage) {
        return coverage.rows().stream()
                .map(row -> row.rule().id() + ": " + row.state().text() + " " + row.sourceEvents() + " "
                        + row.lastSourceMillis() + " " + row.missing())
                .toList();
    }

    @Test
    void knowsAfterARestartWhatItHadSeen() {
        RuleCoverage before = observed();
        before.skip(7);
        StateWriter whole = new StateWriter();
        before.write(whole);
        before.saved();
        assertThat(before.isUnchanged()).isTrue();
        assertThat(told(read(RULES, whole))).isEqualTo(told(before));

        show(before, "sshd", Field.FILE_HASH);
        show(before, "nginx", Field.NAME);
        assertThat(before.isUnchanged()).isFalse();
        assertThat(before.knowsChanges()).isTrue();
        StateWriter changes = new StateWriter();
        before.writeChanges(changes);
        before.saved();
        StateWriter nothing = new StateWriter();
        before.writeChanges(nothing);
        RuleCoverage after = read(RULES, whole, changes, nothing);
        assertThat(told(after)).isEqualTo(told(before)).contains("starved: can fire 2 9000 []");
        assertThat(after.observedEvents()).isEqualTo(3);
        assertThat(after.readEvents()).isEqualTo(10);

        // What it sees from there on is told in the same numbers.
        show(after, "sshd", Field.REQUEST_URL);
        assertThat(after.knowsChanges()).isTrue();
        StateWriter more = new StateWriter();
        after.writeChanges(more);
        assertThat(told(read(RULES, whole, changes, more))).isEqualTo(told(after));
    }

    @Test
    void keepsWhatItHadSeenForRulesThatSayTheSameWhenOthersWereChangedMeanwhile() {
        RuleCoverage before = observed();
        StateWriter whole = new StateWriter();
        before.write(whole);
        before.saved();
        show(before, "sshd", Field.FILE_HASH);
        StateWriter changes = new StateWriter();
        before.writeChanges(changes);
        List<Rule> others = RuleLoader.read(
                        "rules.yaml",
                        rule("silent", "DeviceProduct = 'nginx' and Name = 'other'")
                                + rule("new", "DeviceProduct = 'zeek' and Name = 'failed'")
                                + rule("starved", "DeviceProduct = 'sshd' and (FileHash = 'a' or RequestUrl = 'b')"),
                        SigmaTaxonomy.schema())
                .rules();
        RuleCoverage after = read(others, whole, changes);
        assertThat(told(after))
                .containsExactly(
                        "silent: source silent 0 " + Long.MIN_VALUE + " []",
                        "new: source silent 0 " + Long.MIN_VALUE + " []",
                        "starved: can fire 2 9000 []");
        assertThat(after.knowsChanges()).as("other numbers than what is saved").isFalse();
        StateWriter again = new StateWriter();
        after.write(again);
        assertThat(told(read(others, again))).isEqualTo(told(after));
    }

    @Test
    void refusesDamagedStateOfAnyKind() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        RuleCoverage before = observed();
        StateWriter whole = new StateWriter();
        before.write(whole);
        byte[] bytes = whole.toBytes();
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged =
                    Arrays.copyOf(bytes, random.nextInt(10) == 0 ? random.nextInt(bytes.length) : bytes.length);
            for (int j = 0; j < 1 + random.nextInt(3) && damaged.length > 0; j++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                RuleCoverage after = new RuleCoverage(RULES);
                after.read(new StateReader(damaged));
                after.rows();
            } catch (DamagedStateException refused) {
                assertThat(refused).as("seed %d", seed).isNotNull();
            }
        }
    }

    @Test
    void keepsWhatItHasSeenWhenOtherRulesAreLoaded() {
        RuleCoverage before = observed();
        List<Rule> others = RuleLoader.read(
                        "rules.yaml",
                        rule("same", "DeviceProduct = 'sshd' and Name = 'other'")
                                + rule("more", "DeviceProduct = 'sshd' and FileHash = 'a' and RequestUrl = 'c'")
                                + rule("new", "DeviceProduct = 'zeek' and Name = 'failed'"),
                        SigmaTaxonomy.schema())
                .rules();
        RuleCoverage after = new RuleCoverage(others);
        after.takeOver(before);
        assertThat(after.rows().stream()
                        .map(row -> row.rule().id() + ": " + row.state().text()))
                .containsExactly("same: can fire", "more: starved", "new: source silent");
    }

    @Test
    void saysOfRulesThatComputeOrListenNothingThatEventsCannotShow() {
        RuleCoverage coverage = new RuleCoverage(RuleLoader.read(
                        "rules.yaml",
                        rule("listens", "Type = 3 and CorrelationRuleName = 'x'")
                                + "kind: rule\nname: computes\nspec:\n  type: simple\n  description: A test.\n"
                                + "  variables: { user: to_lower(Name) }\n  selectors:\n"
                                + "    - filter: \"DeviceProduct = 'sshd' and $user = 'root'\"\n---\n",
                        SigmaTaxonomy.schema())
                .rules());
        coverage.takeOver(observed());
        assertThat(coverage.rows().stream()
                        .map(row -> row.rule().id() + ": " + row.state().text()))
                .containsExactly("listens: can fire", "computes: can fire");
    }

    @Test
    void writesOnlyRulesThatCanFireIntoTheScoreOfALayer() {
        String layer = NavigatorLayer.json("Test", RULES, rule -> !rule.id().equals("silent"));
        assertThat(layer)
                .contains("\"techniqueID\":\"T1110.001\"", "\"score\":4", "silent (cannot fire)", "Password Guessing");
    }
}
