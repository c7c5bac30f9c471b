package io.tocsin.core.user;

import io.tocsin.core.http.Page;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The accounts, as far as everybody needs to know them: to choose an assignee.
@RestController
final class UserController {
    private final Accounts accounts;

    UserController(Accounts accounts) {
        this.accounts = accounts;
    }

    @GetMapping("/api/v1/users")
    Page<UserReference> list() {
        return Page.whole(accounts.all());
    }
}
