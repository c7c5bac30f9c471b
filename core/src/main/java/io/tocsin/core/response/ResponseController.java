package io.tocsin.core.response;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Cursor;
import io.tocsin.core.http.Page;
import jakarta.validation.Valid;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The responses, their runs, and what a response would do for an event.
@RestController
@RequestMapping("/api/v1/responses")
final class ResponseController {
    private static final int PAGE = 50;
    private static final int MAX_PAGE = 500;

    /// @param event a correlation event as JSON, with the names of fields as keys
    record TestRequest(@Nullable JsonNode event) {}

    /// What would be done; nothing was.
    ///
    /// @param fires whether the filter and the rest of `match` let the event pass
    record TestAnswer(
            String response, boolean fires, @Nullable String trouble, List<Item> rendered) {}

    record Item(String name, String value) {}

    private final Responses responses;

    ResponseController(Responses responses) {
        this.responses = responses;
    }

    @GetMapping
    Page<ResponseState> list() {
        return Page.whole(responses.list().stream()
                .map(rule -> ResponseState.of(rule, responses))
                .toList());
    }

    @GetMapping("/runs")
    Page<ResponseRun> runs(
            @RequestParam(required = false) @Nullable String response,
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String cursor) {
        return responses
                .runs()
                .list(
                        new ResponseRuns.Selection(response, state(state), null),
                        Cursor.parse(cursor),
                        Cursor.limit(limit, PAGE, MAX_PAGE));
    }

    private static ResponseRun.@Nullable State state(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        return Arrays.stream(ResponseRun.State.values())
                .filter(state -> state.text().equals(text))
                .findFirst()
                .orElseThrow(() -> ApiException.invalid(
                        "state", "must be waiting, running, done, failed, suppressed or cancelled"));
    }

    @PostMapping("/{name}/test")
    TestAnswer test(@PathVariable String name, @Valid @RequestBody TestRequest body) {
        ResponseRule rule = responses.find(name);
        if (rule == null) {
            throw ApiException.notFound("response");
        }
        if (!(body.event() instanceof ObjectNode event)) {
            throw ApiException.invalid("event", "must be a correlation event as a JSON object");
        }
        String trouble = rule.action().trouble(responses.site());
        Map<String, String> rendered = ResponseTrial.rendered(rule, event);
        return new TestAnswer(
                name,
                ResponseTrial.fires(rule, event),
                trouble.isEmpty() ? null : trouble,
                rendered.entrySet().stream()
                        .map(entry -> new Item(entry.getKey(), entry.getValue()))
                        .toList());
    }
}
