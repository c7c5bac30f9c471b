package io.tocsin.core.rule;

import java.util.List;

/// Port: tells which rules are loaded and how they changed. Called for each request, from several threads.
public interface RuleList {
    /// Where no correlator runs.
    RuleList NONE = new RuleList() {
        @Override
        public List<RuleState> list() {
            return List.of();
        }

        @Override
        public RuleChanges changes() {
            return new RuleChanges(List.of(), List.of(), null);
        }

        @Override
        public boolean release(String ruleId) {
            return false;
        }
    };

    List<RuleState> list();

    RuleChanges changes();

    /// Lets a rule run again that is in quarantine.
    ///
    /// @return false when it is not
    boolean release(String ruleId);
}
