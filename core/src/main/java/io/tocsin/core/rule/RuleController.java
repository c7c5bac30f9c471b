package io.tocsin.core.rule;

import io.tocsin.core.http.Page;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The loaded rules.
@RestController
final class RuleController {
    private final RuleList rules;

    RuleController(RuleList rules) {
        this.rules = rules;
    }

    @GetMapping("/api/v1/rules")
    Page<RuleState> list() {
        return Page.whole(rules.list());
    }

    @GetMapping("/api/v1/rules/changes")
    RuleChanges changes() {
        return rules.changes();
    }
}
