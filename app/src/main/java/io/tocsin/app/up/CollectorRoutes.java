package io.tocsin.app.up;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tocsin.core.collector.CollectorView;
import io.tocsin.core.collector.StageState;
import io.tocsin.core.http.Page;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The routes of the core below `/api/v1/collectors`, for collectors that run alone: same paths, same answers, so that
/// the same commands read them. Samples are event text, so the installation's secret is demanded.
///
/// Thread-safety: any thread.
final class CollectorRoutes implements HttpHandler {
    static final String PATH = "/api/v1/collectors";

    private final CollectorView view;
    private final byte[] authorization;
    private final JsonMapper mapper = JsonMapper.shared();

    /// @param secret the installation's secret that callers must show
    CollectorRoutes(CollectorView view, String secret) {
        this.view = view;
        this.authorization = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (!"GET".equals(exchange.getRequestMethod())) {
                problem(exchange, 405, "only GET is served here");
            } else if (shown == null || !MessageDigest.isEqual(shown.getBytes(StandardCharsets.UTF_8), authorization)) {
                problem(exchange, 401, "secret of the installation is missing or wrong");
            } else {
                Object answer = answer(exchange.getRequestURI().getRawPath());
                if (answer == null) {
                    problem(exchange, 404, "there is no such collector or source");
                } else {
                    send(exchange, 200, "application/json", mapper.writeValueAsBytes(answer));
                }
            }
        }
    }

    /// @param path as it was sent, escapes included: names may hold slashes
    private @Nullable Object answer(String path) {
        List<String> parts;
        try {
            parts = List.of(path.substring(PATH.length()).split("/", -1)).stream()
                    .map(part -> URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (!parts.getFirst().isEmpty()) {
            return null;
        }
        if (parts.size() == 1) {
            return Page.whole(view.list());
        }
        String collector = parts.get(1);
        if (parts.size() == 3 && parts.get(2).equals("stages")) {
            List<StageState> stages = view.stages(collector);
            return stages == null ? null : Page.whole(stages);
        }
        if (parts.size() == 3 && parts.get(2).equals("configuration")) {
            return view.configuration(collector);
        }
        if (parts.size() == 3 && parts.get(2).equals("sources")) {
            return view.sources(collector);
        }
        return parts.size() == 4 && parts.get(2).equals("sources") ? view.source(collector, parts.get(3)) : null;
    }

    /// @param detail plain text without quotes
    private static void problem(HttpExchange exchange, int status, String detail) throws IOException {
        String body = "{\"type\":\"about:blank\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}";
        send(exchange, status, "application/problem+json", body.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
