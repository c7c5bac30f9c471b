package io.tocsin.storage;

import static io.tocsin.storage.StorageMetrics.Counter.SEARCHES;
import static io.tocsin.storage.StorageMetrics.Counter.SEARCHES_ABANDONED;
import static io.tocsin.storage.StorageMetrics.Counter.SEARCHES_FAILED;
import static io.tocsin.storage.StorageMetrics.Counter.SEARCHES_POSTPONED;
import static io.tocsin.storage.StorageMetrics.Counter.SEARCHES_REFUSED;
import static io.tocsin.storage.StorageMetrics.Counter.SEARCH_MILLISECONDS;

import io.tocsin.error.ErrorCode;
import io.tocsin.error.ErrorType;
import io.tocsin.error.TocsinException;
import io.tocsin.storage.search.Answer;
import io.tocsin.storage.search.AnswerFormat;
import io.tocsin.storage.search.Search;
import io.tocsin.storage.search.SearchException;
import io.tocsin.storage.search.Searcher;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Answers searches: `POST /query`, see the wire contract in ARCHITECTURE.md. Faults that show before the first row
/// are problem+json; a fault after that ends the answer with a member `error` (JSON) or a last line `{"error":…}`
/// (NDJSON) or
/// `#error,…` (CSV), because the status has been sent. A caller that goes away stops the query.
///
/// Thread-safety: any thread.
final class QueryEndpoint {
    private static final int MAXIMUM_BODY_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Set<String> MEMBERS =
            Set.of("sql", "parameters", "from", "to", "format", "maxRows", "maxSeconds", "maxBytes");

    private final Searcher searcher;
    private final StorageMetrics metrics;

    QueryEndpoint(Searcher searcher, StorageMetrics metrics) {
        this.searcher = searcher;
        this.metrics = metrics;
    }

    void handle(Exchange exchange) throws IOException, InterruptedException {
        Search search = search(new String(exchange.body(MAXIMUM_BODY_BYTES), StandardCharsets.UTF_8));
        try (Answer answer = searcher.search(search)) {
            exchange.http()
                    .getResponseHeaders()
                    .set("Content-Type", search.format().contentType());
            exchange.http().sendResponseHeaders(200, 0);
            try (OutputStream out = new BufferedOutputStream(exchange.http().getResponseBody(), BUFFER_BYTES)) {
                write(search, answer, out);
                metrics.add(SEARCHES, 1);
            } catch (IOException e) {
                // Closing the answer stops the query.
                metrics.add(SEARCHES_ABANDONED, 1);
                throw e;
            } finally {
                metrics.add(SEARCH_MILLISECONDS, answer.elapsedMillis());
            }
        } catch (SearchException e) {
            metrics.add(
                    e.code() == ErrorCode.PEER_BUSY
                            ? SEARCHES_POSTPONED
                            : e.code().type() == ErrorType.USER ? SEARCHES_REFUSED : SEARCHES_FAILED,
                    1);
            throw e;
        }
    }

    private void write(Search search, Answer answer, OutputStream out) throws IOException {
        switch (search.format()) {
            case JSON -> writeJson(answer, out);
            case NDJSON, CSV -> writeLines(search.format(), answer, out);
        }
    }

    private void writeLines(AnswerFormat format, Answer answer, OutputStream out) throws IOException {
        out.write(answer.header());
        try {
            for (byte[] rows = answer.nextRows(); rows != null; rows = answer.nextRows()) {
                out.write(rows);
            }
        } catch (SearchException e) {
            metrics.add(SEARCHES_FAILED, 1);
            String line = format == AnswerFormat.NDJSON
                    ? "{\"error\":" + Exchange.problemText(422, e) + "}\n"
                    : "#error,\"" + String.valueOf(e.getMessage()).replace("\"", "\"\"") + "\"\n";
            out.write(line.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void writeJson(Answer answer, OutputStream out) throws IOException {
        StringBuilder text = new StringBuilder("{\"columns\":[");
        appendColumns(text, new String(answer.header(), StandardCharsets.UTF_8));
        out.write(text.append("],\"rows\":[").toString().getBytes(StandardCharsets.UTF_8));
        text.setLength(0);
        text.append("],");
        try {
            boolean begun = false;
            for (byte[] rows = answer.nextRows(); rows != null; rows = answer.nextRows()) {
                begun = writeRows(rows, begun, out);
            }
        } catch (SearchException e) {
            metrics.add(SEARCHES_FAILED, 1);
            text.append("\"error\":").append(Exchange.problemText(422, e)).append(',');
        }
        text.append("\"statistics\":{\"elapsedMillis\":")
                .append(answer.elapsedMillis())
                .append(",\"rowsRead\":")
                .append(answer.rowsRead())
                .append(",\"bytesRead\":")
                .append(answer.bytesRead())
                .append(",\"rows\":")
                .append(answer.rows())
                .append(",\"truncated\":")
                .append(answer.truncated())
                .append("}}");
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void appendColumns(StringBuilder text, String header) {
        List<String> lines = header.lines().toList();
        if (lines.size() < 2) {
            return;
        }
        if (Json.read(lines.get(0)) instanceof List<?> names && Json.read(lines.get(1)) instanceof List<?> types) {
            for (int i = 0; i < names.size(); i++) {
                text.append(i == 0 ? "{\"name\":" : ",{\"name\":");
                Json.append(text, String.valueOf(names.get(i))).append(",\"type\":");
                Json.append(text, String.valueOf(types.get(i))).append('}');
            }
        }
    }

    /// Writes lines `[…]\n` as elements of one array. Line feeds inside of texts are escaped, so each one ends a
    /// row.
    private static boolean writeRows(byte[] rows, boolean begunBefore, OutputStream out) throws IOException {
        boolean begun = begunBefore;
        int start = 0;
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] == '\n') {
                if (begun) {
                    out.write(',');
                }
                out.write(rows, start, i - start);
                begun = true;
                start = i + 1;
            }
        }
        return begun;
    }

    private static Search search(String body) {
        if (!(Json.read(body) instanceof Map<?, ?> request)) {
            throw TocsinException.invalidRequest("a JSON object was expected");
        }
        for (Object name : request.keySet()) {
            if (!MEMBERS.contains(String.valueOf(name))) {
                throw TocsinException.invalidRequest("unknown member of the request [name=" + name + "]");
            }
        }
        if (!(request.get("sql") instanceof String sql)) {
            throw TocsinException.invalidRequest("the member sql is missing or not a text");
        }
        AnswerFormat format = AnswerFormat.JSON;
        if (request.get("format") != null) {
            format = AnswerFormat.ofName(String.valueOf(request.get("format")));
            if (format == null) {
                throw TocsinException.invalidRequest(
                        "the format is json, ndjson or csv [format=" + request.get("format") + "]");
            }
        }
        return new Search(
                sql,
                parameters(request.get("parameters")),
                number(request, "from"),
                number(request, "to"),
                format,
                orElse(number(request, "maxRows"), Search.DEFAULT_ROWS),
                (int) Math.min(orElse(number(request, "maxSeconds"), Search.DEFAULT_SECONDS), Search.SECONDS_LIMIT),
                orElse(number(request, "maxBytes"), Search.DEFAULT_BYTES));
    }

    private static Map<String, String> parameters(@Nullable Object value) {
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw TocsinException.invalidRequest("parameters must be an object");
        }
        Map<String, String> parameters = new HashMap<>();
        map.forEach((name, parameter) -> {
            if (!String.valueOf(name).matches("[A-Za-z_][A-Za-z0-9_]{0,63}")) {
                throw TocsinException.invalidRequest("not a name of a parameter [name=" + name + "]");
            }
            parameters.put(String.valueOf(name), String.valueOf(parameter));
        });
        return parameters;
    }

    private static @Nullable Long number(Map<?, ?> request, String name) {
        Object value = request.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Long number) {
            return number;
        }
        throw TocsinException.invalidRequest("not a whole number [" + name + "=" + value + "]");
    }

    private static long orElse(@Nullable Long value, long other) {
        return value == null ? other : value;
    }
}
