package io.tocsin.core;

import io.tocsin.core.rule.RuleChanges;
import io.tocsin.core.rule.RuleList;
import io.tocsin.core.rule.RuleState;
import java.util.List;

/// One rule that has fired, one change, one rule left out.
final class TestRules implements RuleList {
    @Override
    public List<RuleState> list() {
        return List.of(new RuleState(
                "ssh-brute-force",
                "SSH brute force",
                "standard",
                RuleState.Source.OWN,
                3,
                true,
                7,
                1_789_999_999_000L,
                List.of("T1110"),
                "rules/ssh-brute-force.yaml",
                2,
                List.of("default"),
                new RuleState.Work(3, 4_096, 0, 2, 0),
                new RuleState.Coverage(
                        RuleState.Coverage.State.STARVED, List.of("SourceAddress"), 12, 1_789_999_998_000L, 100),
                new RuleState.Cost(12.5, 0.1, false),
                new RuleState.Quarantine(1_789_999_999_000L, "took 60 % of a core")));
    }

    @Override
    public boolean release(String ruleId) {
        return ruleId.equals("ssh-brute-force");
    }

    @Override
    public RuleChanges changes() {
        return new RuleChanges(
                List.of(new RuleChanges.Change(
                        1_789_999_999_500L, List.of("ssh-brute-force"), List.of(), List.of("old"), 12)),
                List.of(new RuleChanges.LeftOut("rules/broken.yml", 3, "broken", "unknown modifier [modifier=x]")),
                null);
    }
}
