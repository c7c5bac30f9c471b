package io.tocsin.core.user;

import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Accounts and the audit trail, for administrators.
@RestController
final class AccountController {
    private static final int PAGE = 100;
    private static final int MAX_PAGE = 500;

    record NewAccount(
            @NotNull(message = "must not be empty")
            @Pattern(
                    regexp = "[a-zA-Z0-9][a-zA-Z0-9._@-]{0,99}",
                    message = "must be 1 to 100 letters, digits and . _ @ -")
            String login,

            @Nullable @Size(max = 200, message = "is too long")
            String name,

            @NotNull(message = "must be admin, analyst or viewer")
            Role role,

            @NotNull(message = "must not be empty") String password) {}

    record AccountPatch(
            @Nullable @Size(min = 1, max = 200, message = "must have 1 to 200 characters")
            String name,

            @Nullable Role role,
            @Nullable Boolean disabled,
            @Nullable String password) {}

    private final AccountChanges changes;
    private final Audit audit;

    AccountController(AccountChanges changes, Audit audit) {
        this.changes = changes;
        this.audit = audit;
    }

    @GetMapping("/api/v1/accounts")
    Page<Accounts.Account> list() {
        return Page.whole(changes.list());
    }

    @PostMapping("/api/v1/accounts")
    @ResponseStatus(HttpStatus.CREATED)
    Accounts.Account create(AuthenticationFilter.Identity identity, @Valid @RequestBody NewAccount body) {
        String name = body.name() == null || body.name().isBlank()
                ? body.login()
                : body.name().strip();
        return changes.create(identity.getPrincipal(), body.login(), name, body.role(), body.password());
    }

    @PatchMapping("/api/v1/accounts/{id}")
    Accounts.Account change(
            AuthenticationFilter.Identity identity, @PathVariable String id, @Valid @RequestBody AccountPatch body) {
        return changes.change(
                identity.getPrincipal(),
                id,
                new AccountChanges.Change(body.name(), body.role(), body.disabled(), body.password()));
    }

    @GetMapping("/api/v1/audit")
    Page<Audit.Entry> audit(
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String cursor) {
        return audit.list(Cursor.parse(cursor), Cursor.limit(limit, PAGE, MAX_PAGE));
    }
}
