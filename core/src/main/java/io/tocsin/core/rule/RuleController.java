package io.tocsin.core.rule;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Page;
import io.tocsin.core.user.Audit;
import io.tocsin.core.user.CurrentUser;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The loaded rules.
@RestController
final class RuleController {
    private final RuleList rules;
    private final Audit audit;

    RuleController(RuleList rules, Audit audit) {
        this.rules = rules;
        this.audit = audit;
    }

    @GetMapping("/api/v1/rules")
    Page<RuleState> list() {
        return Page.whole(rules.list());
    }

    @DeleteMapping("/api/v1/rules/{id}/quarantine")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void release(@AuthenticationPrincipal CurrentUser user, @PathVariable String id) {
        if (!rules.release(id)) {
            throw ApiException.notFound("rule in quarantine");
        }
        audit.add(user.login(), Audit.Action.RULE_RELEASED, id, "released from quarantine");
    }

    @GetMapping("/api/v1/rules/changes")
    RuleChanges changes() {
        return rules.changes();
    }
}
