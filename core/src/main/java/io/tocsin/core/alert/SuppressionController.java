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
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Holds back the findings of an alert's group for a time: each suppression has a reason and an end.
@RestController
final class SuppressionController {
    private static final Duration LONGEST = Duration.ofDays(366);

    record SuppressionRequest(
            @NotBlank(message = "must not be empty") @Size(max = 1_000, message = "is too long")
            String reason,

            @NotNull(message = "must be given: a suppression has an end")
            TimeText expiresAt) {}

    private final Suppressions suppressions;
    private final InstantSource clock;

    SuppressionController(Suppressions suppressions, InstantSource clock) {
        this.suppressions = suppressions;
        this.clock = clock;
    }

    @GetMapping("/api/v1/suppressions")
    Page<Suppression> list() {
        return Page.whole(suppressions.list());
    }

    @PostMapping("/api/v1/alerts/{id}/suppression")
    @ResponseStatus(HttpStatus.CREATED)
    Suppression add(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String id,
            @Valid @RequestBody SuppressionRequest body) {
        long expiresAt = body.expiresAt().epochMillis();
        long now = clock.millis();
        if (expiresAt <= now || expiresAt > now + LONGEST.toMillis()) {
            throw ApiException.invalid("expiresAt", "must be in the future, and within " + LONGEST.toDays() + " days");
        }
        return suppressions.add(id, body.reason().strip(), expiresAt, user);
    }

    @DeleteMapping("/api/v1/suppressions/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(@AuthenticationPrincipal CurrentUser user, @PathVariable String id) {
        suppressions.end(id, user);
    }
}
