package io.tocsin.core.alert;

import io.tocsin.core.http.Cursor;
import io.tocsin.core.user.CurrentUser;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The alert queue and what analysts do with it.
@RestController
@RequestMapping("/api/v1/alerts")
final class AlertController {
    private static final int PAGE = 50;
    private static final int MAX_PAGE = 500;

    record CommentRequest(
            @NotBlank(message = "must not be empty") @Size(max = 10_000, message = "is too long")
            String text) {}

    private final Alerts alerts;

    AlertController(Alerts alerts) {
        this.alerts = alerts;
    }

    @GetMapping
    Alerts.Queue list(
            @AuthenticationPrincipal CurrentUser user,
            @RequestParam(required = false) @Nullable String status,
            @RequestParam(required = false) @Nullable String priority,
            @RequestParam(required = false) @Nullable String assignee,
            @RequestParam(required = false) @Nullable String rule,
            @RequestParam(required = false) @Nullable String q,
            @RequestParam(required = false) @Nullable String from,
            @RequestParam(required = false) @Nullable String to,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String cursor) {
        AlertFilter filter = new AlertFilter()
                .status(status)
                .priority(priority)
                .assignee(assignee, user)
                .rule(rule)
                .text(q)
                .lastSeen(from, to);
        return alerts.list(filter, Cursor.parse(cursor), Cursor.limit(limit, PAGE, MAX_PAGE));
    }

    @GetMapping("/{id}")
    AlertDetail detail(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String cursor) {
        return alerts.detail(id, Cursor.parse(cursor), Cursor.limit(limit, PAGE, MAX_PAGE));
    }

    @PatchMapping("/{id}")
    Alert change(
            @AuthenticationPrincipal CurrentUser user, @PathVariable String id, @Valid @RequestBody AlertPatch patch) {
        return alerts.change(id, patch, user);
    }

    @PostMapping("/{id}/comments")
    @ResponseStatus(HttpStatus.CREATED)
    AlertDetail.Comment comment(
            @AuthenticationPrincipal CurrentUser user,
            @PathVariable String id,
            @Valid @RequestBody CommentRequest body) {
        return alerts.comment(id, body.text().strip(), user);
    }
}
