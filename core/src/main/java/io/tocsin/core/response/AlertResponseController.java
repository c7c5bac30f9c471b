package io.tocsin.core.response;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import io.tocsin.core.user.CurrentUser;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What responses did for an alert, and running one by hand.
@RestController
@RequestMapping("/api/v1/alerts/{id}/responses")
final class AlertResponseController {
    private static final int PAGE = 50;
    private static final int MAX_PAGE = 500;

    /// @param response name of the response
    /// @param findingId which finding of the alert it is run for; without it the newest one
    record RunRequest(
            @NotBlank(message = "must name a response") String response,
            @Nullable String findingId) {}

    private final Responses responses;

    AlertResponseController(Responses responses) {
        this.responses = responses;
    }

    @GetMapping
    Page<ResponseRun> list(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String cursor) {
        if (!responses.runs().isAlert(id)) {
            throw ApiException.notFound("alert");
        }
        return responses
                .runs()
                .list(
                        new ResponseRuns.Selection(null, null, id),
                        Cursor.parse(cursor),
                        Cursor.limit(limit, PAGE, MAX_PAGE));
    }

    @PostMapping
    @ResponseStatus(HttpStatus.ACCEPTED)
    ResponseRun run(
            @AuthenticationPrincipal CurrentUser user, @PathVariable String id, @Valid @RequestBody RunRequest body) {
        return responses.ask(body.response(), id, body.findingId(), user);
    }
}
