package io.tocsin.app.up;

import io.tocsin.core.alert.Segmentation;
import io.tocsin.core.alert.Segmentations;
import io.tocsin.core.rule.RuleChanges;
import io.tocsin.core.rule.RuleList;
import io.tocsin.core.rule.RuleState;
import io.tocsin.correlator.detect.RuleCoverage;
import io.tocsin.correlator.engine.RuleStatistics;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleKind;
import io.tocsin.correlator.run.CorrelatorRunner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The rules of the correlator of this process, for the screens.
///
/// Thread-safety: any thread.
final class LocalRules implements RuleList {
    private final RuleSwitch rules;
    private final Supplier<List<RuleStatistics>> statistics;
    private final Supplier<CorrelatorRunner.Coverage> coverage;
    private final RuleCostWatch costs;
    private volatile Supplier<@Nullable String> refused = () -> null;

    /// @param statistics of the rules as they run
    /// @param coverage whether they can fire
    LocalRules(
            RuleSwitch rules,
            Supplier<List<RuleStatistics>> statistics,
            Supplier<CorrelatorRunner.Coverage> coverage,
            RuleCostWatch costs) {
        this.rules = rules;
        this.statistics = statistics;
        this.coverage = coverage;
        this.costs = costs;
    }

    /// @param trouble why not everything is as the resource files say, or null
    void resources(Supplier<@Nullable String> trouble) {
        refused = trouble;
    }

    @Override
    public RuleChanges changes() {
        return new RuleChanges(
                rules.changes().stream()
                        .map(change -> new RuleChanges.Change(
                                change.timeMillis(),
                                change.rules().added(),
                                change.rules().changed(),
                                change.rules().removed(),
                                change.rules().unchanged()))
                        .toList(),
                rules.leftOut().stream()
                        .map(left -> new RuleChanges.LeftOut(left.file(), left.line(), left.rule(), left.reason()))
                        .toList(),
                refused.get());
    }

    @Override
    public boolean release(String ruleId) {
        return rules.release(ruleId);
    }

    @Override
    public List<RuleState> list() {
        Map<String, RuleStatistics> figures = new HashMap<>();
        statistics.get().forEach(each -> figures.put(each.ruleId(), each));
        CorrelatorRunner.Coverage seen = coverage.get();
        Map<String, RuleCoverage.Row> rows = new HashMap<>();
        seen.rows().forEach(row -> rows.put(row.rule().id(), row));
        double observed = seen.events() == 0 ? 100 : Math.min(100.0, 100.0 * seen.observedEvents() / seen.events());
        Map<String, RuleState.Quarantine> quarantined = rules.quarantined();
        Segmentations segmentations = rules.grouping().segmentations();
        List<RuleState> states = new ArrayList<>();
        for (Rule rule : rules.rules().rules()) {
            RuleState.Quarantine quarantine = quarantined.get(rule.id());
            states.add(state(
                    rule,
                    figures.get(rule.id()),
                    coverage(rows.get(rule.id()), observed),
                    quarantine != null ? null : costs.cost(rule.id()),
                    quarantine,
                    segmentations));
        }
        return states;
    }

    private static RuleState state(
            Rule rule,
            @Nullable RuleStatistics figures,
            RuleState.Coverage coverage,
            RuleState.@Nullable Cost cost,
            RuleState.@Nullable Quarantine quarantine,
            Segmentations segmentations) {
        long hits = figures == null ? 0 : figures.hits();
        List<String> mitre = new ArrayList<>(rule.techniques());
        mitre.addAll(rule.tactics());
        return new RuleState(
                rule.id(),
                rule.title(),
                kind(rule.kind()),
                rule.origin() == Rule.Origin.SIGMA ? RuleState.Source.SIGMA : RuleState.Source.OWN,
                rule.priority().number(),
                quarantine == null,
                hits,
                figures == null || hits == 0 ? null : figures.lastHitMillis(),
                mitre,
                rule.position().source(),
                rule.position().line(),
                segmentations.of(rule.id()).stream().map(Segmentation::name).toList(),
                figures == null
                        ? RuleState.Work.NONE
                        : new RuleState.Work(
                                figures.keys(),
                                figures.heldBytes(),
                                figures.evictedKeys(),
                                figures.lateEvents(),
                                figures.suppressed()),
                coverage,
                cost,
                quarantine);
    }

    private static RuleState.Coverage coverage(RuleCoverage.@Nullable Row row, double observedPercent) {
        if (row == null) {
            return new RuleState.Coverage(RuleState.Coverage.State.SOURCE_SILENT, List.of(), 0, null, observedPercent);
        }
        RuleState.Coverage.State state = switch (row.state()) {
            case CAN_FIRE -> RuleState.Coverage.State.CAN_FIRE;
            case STARVED -> RuleState.Coverage.State.STARVED;
            case SOURCE_SILENT -> RuleState.Coverage.State.SOURCE_SILENT;
        };
        return new RuleState.Coverage(
                state,
                row.missing(),
                row.sourceEvents(),
                row.lastSourceMillis() == Long.MIN_VALUE ? null : row.lastSourceMillis(),
                observedPercent);
    }

    private static String kind(RuleKind kind) {
        return switch (kind) {
            case RuleKind.Simple _ -> "simple";
            case RuleKind.Operational _ -> "operational";
            case RuleKind.Standard _ -> "standard";
            case RuleKind.Absence _ -> "absence";
            case RuleKind.Sliding _ -> "correlation";
        };
    }
}
