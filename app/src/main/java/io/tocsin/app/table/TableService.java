package io.tocsin.app.table;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.core.table.TableEdit;
import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.core.table.TableStore;
import io.tocsin.error.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Lets the core of another process read and change the tables of a correlator that runs alone ([RemoteTables] asks).
/// The installation's secret is demanded. Who may do what is decided in the core.
///
/// Thread-safety: any thread.
public final class TableService implements HttpHandler {
    /// Where it stands at the listener of the correlator.
    public static final String PATH = "/tables/v1";

    private static final Logger LOG = System.getLogger(TableService.class.getName());
    private static final int MAXIMUM_EDIT_BYTES = 4 << 20;

    private final TableStore tables;
    private final byte[] authorization;
    private final JsonMapper mapper = JsonMapper.shared();

    /// @param applied true when rules see the change already
    record Changed(boolean applied) {}

    /// @param entry null when there is none with that key
    record Found(@Nullable TableEntry entry) {}

    /// What a request names behind the question mark.
    private record Query(Map<String, List<String>> values) {
        static Query of(@Nullable String raw) {
            Map<String, List<String>> values = new LinkedHashMap<>();
            for (String pair : raw == null || raw.isEmpty() ? new String[0] : raw.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    values.computeIfAbsent(pair.substring(0, equals), _ -> new ArrayList<>())
                            .add(URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
                }
            }
            return new Query(values);
        }

        List<String> all(String name) {
            return values.getOrDefault(name, List.of());
        }

        String one(String name) {
            List<String> all = all(name);
            return all.isEmpty() ? "" : all.getFirst();
        }
    }

    /// @param secret the installation's secret that the core must show
    public TableService(TableStore tables, String secret) {
        this.tables = tables;
        this.authorization = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (shown == null || !MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), authorization)) {
                problem(
                        exchange,
                        Problem.of(401, ErrorCode.UNAUTHENTICATED, "the secret of the installation is wrong"));
                return;
            }
            try {
                serve(exchange);
            } catch (ApiException refused) {
                refused.headers().forEach(exchange.getResponseHeaders()::set);
                problem(exchange, refused.problem());
            } catch (IllegalArgumentException | JacksonException wrong) {
                problem(exchange, Problem.of(400, ErrorCode.INVALID_REQUEST, String.valueOf(wrong.getMessage())));
            } catch (RuntimeException failed) {
                LOG.log(Logger.Level.ERROR, "a request about tables failed", failed);
                problem(exchange, Problem.ofStatus(500));
            }
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        Query query = Query.of(exchange.getRequestURI().getRawQuery());
        String route = exchange.getRequestMethod() + " "
                + exchange.getRequestURI().getPath().substring(PATH.length());
        switch (route) {
            case "GET " -> send(exchange, tables.list());
            case "GET /entries" ->
                send(
                        exchange,
                        tables.entries(
                                query.one("table"),
                                query.one("prefix"),
                                query.one("text"),
                                query.all("after"),
                                Integer.parseInt(query.one("limit"))));
            case "GET /entry" -> send(exchange, new Found(tables.entry(query.one("table"), query.all("key"))));
            case "POST /change" -> send(exchange, new Changed(tables.change(edit(exchange))));
            case "POST /import" ->
                send(
                        exchange,
                        tables.importRows(
                                query.one("table"),
                                mapper.readValue(query.one("how"), TableImport.class),
                                exchange.getRequestBody()));
            case "GET /export" -> export(exchange, query);
            default -> problem(exchange, Problem.ofStatus(404));
        }
    }

    private TableEdit edit(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAXIMUM_EDIT_BYTES + 1);
        if (body.length > MAXIMUM_EDIT_BYTES) {
            throw new ApiException(Problem.of(413, ErrorCode.INVALID_REQUEST, "the change is too large"));
        }
        return mapper.readValue(body, TableEdit.class);
    }

    private void export(HttpExchange exchange, Query query) throws IOException {
        String table = query.one("table");
        if (tables.list().stream().noneMatch(each -> each.name().equals(table))) {
            throw ApiException.notFound("list or table");
        }
        TableImport.Format format = TableImport.Format.valueOf(query.one("format"));
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            tables.export(table, format, out);
        }
    }

    private void send(HttpExchange exchange, Object answer) throws IOException {
        send(exchange, 200, "application/json", mapper.writeValueAsBytes(answer));
    }

    private void problem(HttpExchange exchange, Problem problem) throws IOException {
        send(exchange, problem.status(), "application/problem+json", mapper.writeValueAsBytes(problem));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
