package io.tocsin.core.rule;

import java.util.List;

/// Port: tells which rules are loaded. Called for each request, from several threads.
@FunctionalInterface
public interface RuleList {
    List<RuleState> list();
}
