package io.tocsin.core.user;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import io.tocsin.core.http.TimeText;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The personal tokens of whoever asks; nobody sees or deletes those of others.
@RestController
@RequestMapping("/api/v1/tokens")
final class TokenController {
    private static final int PAGE = 100;

    record TokenRequest(
            @NotBlank(message = "must not be empty") @Size(max = 200, message = "is too long")
            String name,

            @Nullable TimeText expiresAt) {}

    private final Tokens tokens;
    private final InstantSource clock;
    private final Audit audit;

    TokenController(Tokens tokens, InstantSource clock, Audit audit) {
        this.tokens = tokens;
        this.clock = clock;
        this.audit = audit;
    }

    @GetMapping
    Page<Tokens.Token> list(
            AuthenticationFilter.Identity identity,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String cursor) {
        return tokens.list(identity.getPrincipal().id(), Cursor.parse(cursor), Cursor.limit(limit, PAGE, PAGE));
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Tokens.NewToken make(AuthenticationFilter.Identity identity, @Valid @RequestBody TokenRequest body) {
        Long expiresAt = body.expiresAt() == null ? null : body.expiresAt().epochMillis();
        if (expiresAt != null && expiresAt <= clock.millis()) {
            throw ApiException.invalid("expiresAt", "must be in the future");
        }
        CurrentUser user = identity.getPrincipal();
        Tokens.NewToken made = tokens.make(user.id(), body.name().strip(), expiresAt);
        audit.add(user.login(), Audit.Action.TOKEN_CREATED, user.login(), made.name());
        return made;
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(AuthenticationFilter.Identity identity, @PathVariable String id) {
        CurrentUser user = identity.getPrincipal();
        tokens.delete(user.id(), id);
        audit.add(user.login(), Audit.Action.TOKEN_DELETED, user.login(), id);
    }
}
