package io.tocsin.app.up;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tocsin.config.Problems;
import io.tocsin.core.rule.RuleState;
import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.run.CorrelatorRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rules as the screens see them, what they cost, and those that were stopped for it.
final class LocalRulesTest {
    private static final String SIGMA = """
            title: one
            id: one
            name: one
            logsource: { product: windows }
            detection: { sel: { Image: evil }, condition: sel }
            ---
            title: many
            id: many
            name: many
            correlation: { type: event_count, rules: [one], group-by: [User], timespan: 5m, condition: { gte: 3 } }
            ---
            title: top
            id: top
            correlation: { type: event_count, rules: [many], group-by: [User], timespan: 1h, condition: { gte: 2 } }
            """;

    @TempDir
    private Path folder;

    private final AtomicLong millis = new AtomicLong(1_790_000_000_000L);
    private final InstantSource clock = () -> Instant.ofEpochMilli(millis.get());
    private final Map<String, Long> nanos = new HashMap<>();
    private final List<String> running = new ArrayList<>();
    private final List<String> stopped = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        Files.writeString(folder.resolve("sigma.yml"), SIGMA);
        Files.writeString(folder.resolve("own.yaml"), own("Name = 'a'"));
    }

    private static String own(String filter) {
        return "kind: rule\nname: first\nspec:\n  type: simple\n  description: A test.\n  segmentation: per-host\n"
                + "  propagated: [DeviceHostName]\n  selectors:\n    - filter: " + filter + "\n---\n"
                + "kind: segmentation\nname: per-host\nspec:\n  description: x\n  fields: [DeviceHostName]\n";
    }

    private Resources resources(Problems problems) throws IOException {
        Path shipped = Files.createDirectories(folder.resolve(".shipped"));
        return Resources.load(shipped, folder, _ -> null, problems);
    }

    private RuleSwitch rules() throws IOException {
        Problems problems = new Problems();
        RuleSwitch rules = new RuleSwitch(RuleFolders.load(resources(problems), problems), clock);
        problems.throwIfAny();
        rules.connect(
                all -> {
                    running.clear();
                    all.rules().stream().map(Rule::id).forEach(running::add);
                },
                _ -> {});
        return rules;
    }

    private List<RuleStatistics> statistics() {
        List<RuleStatistics> all = new ArrayList<>();
        nanos.forEach((rule, cost) -> all.add(new RuleStatistics(rule, 0, Long.MIN_VALUE, 0, 0, 0, 0, 0, 0, 0, cost)));
        return all;
    }

    private RuleCostWatch watch(RuleSwitch rules, boolean quarantine) {
        return new RuleCostWatch(
                this::statistics,
                () -> 1_000,
                () -> new RuleLimits(25, Duration.ofMinutes(1), quarantine),
                (rule, _) -> {
                    if (rules.stop(rule, "took too much")) {
                        stopped.add(rule);
                    }
                },
                clock);
    }

    private LocalRules list(RuleSwitch rules, RuleCostWatch costs) {
        return new LocalRules(rules, this::statistics, () -> new CorrelatorRunner.Coverage(0, 0, List.of()), costs);
    }

    private static RuleState state(LocalRules list, String id) {
        return list.list().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void callsSlidingRulesCorrelationsAndNamesWhatDividesTheirHits() throws IOException {
        RuleSwitch rules = rules();
        LocalRules list = list(rules, watch(rules, false));
        assertThat(state(list, "many").kind()).isEqualTo("correlation");
        assertThat(state(list, "one").kind()).isEqualTo("simple");
        assertThat(state(list, "one").segmentations()).containsExactly("default");
        assertThat(state(list, "first").segmentations()).containsExactly("per-host", "default");
        assertThat(state(list, "first").line()).isPositive();
    }

    private void spend(RuleCostWatch costs, String rule, long millisOfCore) {
        costs.look();
        for (int i = 0; i < 6; i++) {
            millis.addAndGet(10_000);
            nanos.merge(rule, millisOfCore * 1_000_000 / 6, Long::sum);
            costs.look();
        }
    }

    private static RuleState.Cost cost(LocalRules list) {
        return requireNonNull(state(list, "one").cost());
    }

    private static RuleState.Quarantine quarantine(LocalRules list, String rule) {
        return requireNonNull(state(list, rule).quarantine());
    }

    @Test
    void namesACostlyRuleAndLeavesItRunningUnlessItIsToldTo() throws IOException {
        RuleSwitch rules = rules();
        RuleCostWatch costs = watch(rules, false);
        spend(costs, "one", 20_000);
        RuleState.Cost cost = cost(list(rules, costs));
        assertThat(cost.costly()).isTrue();
        assertThat(cost.corePercent()).isBetween(33.0, 34.0);
        assertThat(costs.metrics(rules.quarantined().keySet()))
                .contains("tocsin_rule_core_percent{rule=\"one\"} 33", "tocsin_rule_costly{rule=\"one\"} 1");
        assertThat(state(list(rules, costs), "one").enabled()).isTrue();
        spend(costs, "one", 0);
        assertThat(cost(list(rules, costs)).costly()).isFalse();
    }

    @Test
    void leavesARuleAloneThatWasCostlyForLessThanTheTime() throws IOException {
        RuleSwitch rules = rules();
        RuleCostWatch costs = watch(rules, true);
        costs.look();
        millis.addAndGet(10_000);
        nanos.put("one", 9_000_000_000L);
        costs.look();
        assertThat(stopped).isEmpty();
        spend(costs, "one", 0);
        assertThat(stopped).isEmpty();
    }

    @Test
    void takesNoPauseOfTheMachineForADearRule() throws IOException {
        RuleSwitch rules = rules();
        RuleCostWatch costs = watch(rules, true);
        spend(costs, "one", 60);
        // One sample stands for 256 events: a pause of a tenth of a second in it looks like 25 seconds.
        millis.addAndGet(10_000);
        nanos.merge("one", 25_600_000_000L, Long::sum);
        costs.look();
        assertThat(stopped).isEmpty();
        assertThat(cost(list(rules, costs)).corePercent()).isGreaterThan(25);
        assertThat(cost(list(rules, costs)).costly()).isFalse();
    }

    @Test
    void stopsACostlyRuleWithThoseThatNeedItAcrossRestartsUntilItIsReleased() throws IOException {
        RuleSwitch rules = rules();
        Path file = folder.resolve("quarantine");
        rules.resume(RuleQuarantine.open(file));
        spend(watch(rules, true), "many", 20_000);
        assertThat(stopped).containsExactly("many");
        assertThat(running).containsExactlyInAnyOrder("first", "one");

        RuleSwitch next = rules();
        next.resume(RuleQuarantine.open(file));
        assertThat(next.running().rules()).extracting(Rule::id).containsExactlyInAnyOrder("first", "one");
        LocalRules list = list(next, watch(next, true));
        assertThat(state(list, "many").enabled()).isFalse();
        assertThat(quarantine(list, "many").reason()).isEqualTo("took too much");
        assertThat(quarantine(list, "top").reason()).contains("needs", "many");

        assertThat(list.release("top")).isFalse();
        assertThat(list.release("many")).isTrue();
        assertThat(running).containsExactlyInAnyOrder("first", "one", "many", "top");
        assertThat(list.release("many")).isFalse();
        assertThat(Files.readString(file)).isEmpty();
    }

    @Test
    void stopsARuleOnlyWhenItsAlarmIsDurableAndTellsItOnce() throws IOException {
        RuleSwitch rules = rules();
        List<String> alarms = new ArrayList<>();
        AtomicBoolean isWritable = new AtomicBoolean();
        CostlyRules stopping = new CostlyRules(
                rules,
                (rule, reason) -> {
                    alarms.add(rule + " " + reason);
                    return isWritable.get();
                },
                (rule, _) -> stopped.add(rule));
        RuleCostWatch costs = new RuleCostWatch(
                this::statistics, () -> 1_000, () -> new RuleLimits(25, Duration.ofMinutes(1), true), stopping, clock);
        spend(costs, "one", 20_000);
        assertThat(alarms).isNotEmpty();
        assertThat(stopped).isEmpty();
        assertThat(rules.quarantined()).isEmpty();

        alarms.clear();
        isWritable.set(true);
        spend(costs, "one", 20_000);
        assertThat(alarms).singleElement().asString().startsWith("one took 3").contains("% of a core for 60 s");
        assertThat(stopped).containsExactly("one");
        assertThat(running).doesNotContain("one");
        stopping.accept("gone", new RuleState.Cost(1, 30, true));
        assertThat(alarms).hasSize(1);
    }

    @Test
    void letsARuleGoThatSaysSomethingElseNow() throws IOException {
        RuleSwitch rules = rules();
        rules.resume(RuleQuarantine.open(folder.resolve("quarantine")));
        rules.stop("first", "took too much");
        assertThat(running).doesNotContain("first");
        Files.writeString(folder.resolve("own.yaml"), own("Name = 'b'"));
        Problems problems = new Problems();
        rules.prepare(resources(problems), problems).run();
        assertThat(problems.list()).isEmpty();
        assertThat(running).contains("first");
        assertThat(rules.quarantined()).isEmpty();
    }

    @Test
    void takesOtherSegmentationsAtOnceAndKeepsTheRuleAsItIs() throws IOException {
        RuleSwitch rules = rules();
        List<String> names = new ArrayList<>();
        rules.groupBy(grouping ->
                names.add(grouping.segmentations().of("first").getFirst().description()));
        Files.writeString(
                folder.resolve("own.yaml"), own("Name = 'a'").replace("description: x", "description: other"));
        Problems problems = new Problems();
        rules.prepare(resources(problems), problems).run();
        assertThat(names).containsExactly("x", "other");
        assertThat(rules.changes()).as("the rule itself says the same").isEmpty();
    }

    @Test
    void refusesARuleWhoseSegmentationIsNotThere() throws IOException {
        Files.writeString(
                folder.resolve("own.yaml"),
                own("Name = 'a'").replace("segmentation: per-host", "segmentation: per-hots"));
        Problems problems = new Problems();
        RuleFolders.load(resources(problems), problems);
        assertThat(problems.list().toString()).contains("no such segmentation [segmentation=per-hots", "per-host");
    }
}
