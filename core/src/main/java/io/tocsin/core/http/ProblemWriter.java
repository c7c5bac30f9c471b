package io.tocsin.core.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Writes problems as answers, whatever the client said that it accepts: filters, security and controllers
/// share it.
public final class ProblemWriter {
    static final String CONTENT_TYPE = "application/problem+json";

    private final JsonMapper mapper;

    public ProblemWriter(JsonMapper mapper) {
        this.mapper = mapper;
    }

    public void write(HttpServletResponse response, Problem problem) throws IOException {
        write(response, problem, Map.of());
    }

    public void write(HttpServletResponse response, Problem problem, Map<String, String> headers) throws IOException {
        if (response.isCommitted()) {
            throw new IOException("the answer had begun when the request failed [code=" + problem.code() + "]");
        }
        response.resetBuffer();
        headers.forEach(response::setHeader);
        byte[] body = bytes(problem);
        response.setStatus(problem.status());
        response.setContentType(CONTENT_TYPE);
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    byte[] bytes(Problem problem) {
        return mapper.writeValueAsBytes(problem);
    }
}
