package io.tocsin.core.search;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Page;
import io.tocsin.core.http.TimeText;
import io.tocsin.core.storage.StorageClient;
import io.tocsin.core.storage.StoredEvents;
import io.tocsin.event.Field;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Events for people. Queries run in storage; their answers pass through as they come and are never held whole.
@RestController
@RequestMapping("/api/v1/events")
final class EventController {
    private static final int DEFAULT_ROWS = 1_000;
    private static final int MAX_ROWS = 100_000;
    private static final int MAX_SECONDS = 60;
    private static final long MAX_BYTES = 256L << 20;
    private static final int COPY_BYTES = 16 * 1024;
    private static final int MAX_CONDITION_LENGTH = 20_000;

    record Search(
            @NotBlank(message = "must not be empty") @Size(max = 100_000, message = "is too long")
            String sql,

            @Nullable TimeText from,
            @Nullable TimeText to,

            @Nullable
            @Min(value = 1, message = "must be 1 to " + MAX_ROWS)
            @Max(value = MAX_ROWS, message = "must be 1 to " + MAX_ROWS)
            Integer limit) {}

    private final StorageClient storage;
    private final StoredEvents stored;
    private final Tails tails;
    private final JsonMapper mapper;
    private final Page<FieldItem> fields =
            Page.whole(Arrays.stream(Field.values()).map(FieldItem::of).toList());

    EventController(StorageClient storage, Tails tails, JsonMapper mapper) {
        this.storage = storage;
        this.stored = new StoredEvents(storage);
        this.tails = tails;
        this.mapper = mapper;
    }

    @PostMapping("/search")
    void search(@Valid @RequestBody Search search, HttpServletResponse response) throws IOException {
        Long from = search.from() == null ? null : search.from().epochMillis();
        Long to = search.to() == null ? null : search.to().epochMillis();
        if (from != null && to != null && from >= to) {
            throw ApiException.invalid("from", "must lie before to");
        }
        StorageClient.Query query = new StorageClient.Query(
                search.sql(),
                null,
                from,
                to,
                "json",
                search.limit() == null ? DEFAULT_ROWS : search.limit(),
                MAX_SECONDS,
                MAX_BYTES);
        try (InputStream answer = storage.query(query)) {
            response.setContentType("application/json");
            passThrough(answer, response.getOutputStream());
        }
    }

    private static void passThrough(InputStream answer, OutputStream out) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        for (int read = read(answer, buffer); read >= 0; read = read(answer, buffer)) {
            out.write(buffer, 0, read);
        }
    }

    private static int read(InputStream answer, byte[] buffer) {
        try {
            return answer.read(buffer);
        } catch (IOException e) {
            throw StorageClient.brokeOff(e);
        }
    }

    @GetMapping("/fields")
    Page<FieldItem> fields() {
        return fields;
    }

    @GetMapping("/{id}")
    JsonNode event(@PathVariable String id) {
        JsonNode answer = stored.find("*", StoredEvents.id(id));
        if (answer.path("rows").isEmpty()) {
            throw ApiException.notFound("event");
        }
        return filledFields(answer.path("columns"), answer.path("rows").path(0));
    }

    private ObjectNode filledFields(JsonNode columns, JsonNode row) {
        ObjectNode event = mapper.createObjectNode();
        int index = 0;
        for (JsonNode value : row) {
            String name = columns.path(index++).path("name").asString("");
            if (isFilled(value) && !name.isEmpty()) {
                event.set(name, value);
            }
        }
        return event;
    }

    /// Storage keeps an absent value as the empty one of its type: no text, 0 or the beginning of time.
    private static boolean isFilled(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> value.asDouble() != 0;
            case STRING -> !value.asString().isEmpty() && !value.asString().startsWith("1970-01-01T00:00:00");
            case ARRAY, OBJECT -> !value.isEmpty();
            case BOOLEAN -> true;
            case NULL, MISSING, BINARY, POJO -> false;
        };
    }

    @GetMapping("/tail")
    void tail(@RequestParam(defaultValue = "") String filter, HttpServletResponse response) throws IOException {
        if (filter.length() > MAX_CONDITION_LENGTH) {
            throw ApiException.invalid("filter", "is too long");
        }
        try (Tails.Stream stream = tails.open(filter)) {
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            response.setHeader("X-Accel-Buffering", "no");
            stream.run(response.getOutputStream());
        } catch (InterruptedException _) {
            // The server stops.
            Thread.currentThread().interrupt();
        }
    }
}
