package io.tocsin.core.alert;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Page;
import io.tocsin.core.http.TimeText;
import io.tocsin.core.user.CurrentUser;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Exceptions of rules: each has a reason and an end.
@RestController
@RequestMapping("/api/v1/exceptions")
final class RuleExceptionController {
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int MOST_FIELDS = 20;
    private static final int LONGEST_VALUE = 1_000;

    record ExceptionRequest(
            @NotBlank(message = "must not be empty") @Size(max = 200, message = "is too long")
            String ruleId,

            @Nullable Map<String, String> fields,

            @NotBlank(message = "must not be empty") @Size(max = 1_000, message = "is too long")
            String reason,

            @NotNull(message = "must be given: an exception has an end")
            TimeText expiresAt) {}

    private final RuleExceptions exceptions;
    private final InstantSource clock;

    RuleExceptionController(RuleExceptions exceptions, InstantSource clock) {
        this.exceptions = exceptions;
        this.clock = clock;
    }

    @GetMapping
    Page<RuleException> list() {
        return Page.whole(exceptions.list());
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    RuleException add(@AuthenticationPrincipal CurrentUser user, @Valid @RequestBody ExceptionRequest body) {
        long expiresAt = body.expiresAt().epochMillis();
        long now = clock.millis();
        if (expiresAt <= now || expiresAt > now + LONGEST.toMillis()) {
            throw ApiException.invalid("expiresAt", "must be in the future, and within " + LONGEST.toDays() + " days");
        }
        Map<String, String> fields = body.fields() == null ? Map.of() : body.fields();
        if (fields.size() > MOST_FIELDS
                || fields.values().stream().anyMatch(value -> value.isEmpty() || value.length() > LONGEST_VALUE)) {
            throw ApiException.invalid(
                    "fields", "at most " + MOST_FIELDS + " fields, each with a value of at most " + LONGEST_VALUE);
        }
        return exceptions.add(body.ruleId().strip(), fields, body.reason().strip(), expiresAt, user.login());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@AuthenticationPrincipal CurrentUser user, @PathVariable String id) {
        exceptions.remove(id, user.login());
    }
}
