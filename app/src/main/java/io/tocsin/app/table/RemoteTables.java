package io.tocsin.app.table;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.core.table.TableEdit;
import io.tocsin.core.table.TableEntry;
import io.tocsin.core.table.TableImport;
import io.tocsin.core.table.TableState;
import io.tocsin.core.table.TableStore;
import io.tocsin.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The lists and tables of a correlator that runs alone, asked over HTTP ([TableService] answers). When it does not
/// answer, that is said with its name.
///
/// Thread-safety: any thread.
public final class RemoteTables implements TableStore, AutoCloseable {
    private static final Duration ANSWER = Duration.ofSeconds(4);
    /// Changing waits for the log and the engine of the other process.
    private static final Duration CHANGE = Duration.ofSeconds(30);
    private static final Duration FILE = Duration.ofMinutes(10);
    private static final int MAXIMUM_PROBLEM_BYTES = 1 << 20;

    private final URI address;
    private final String name;
    private final String authorization;
    private final HttpClient client;
    private final JsonMapper mapper = JsonMapper.shared();

    /// @param address where the correlator listens, with a slash at its end
    /// @param secret of the installation
    public RemoteTables(URI address, String secret) {
        this.address = address;
        this.name = address.getAuthority();
        this.authorization = "Bearer " + secret;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(ANSWER)
                .build();
    }

    /// Host and port of the correlator.
    public String name() {
        return name;
    }

    @Override
    public List<TableState> list() {
        return read(get("", ANSWER), new TypeReference<>() {});
    }

    @Override
    public List<TableEntry> entries(String table, String prefix, String text, List<String> after, int limit) {
        StringBuilder query = new StringBuilder("/entries?table=" + encoded(table) + "&prefix=" + encoded(prefix)
                + "&text=" + encoded(text) + "&limit=" + limit);
        after.forEach(part -> query.append("&after=").append(encoded(part)));
        return read(get(query.toString(), CHANGE), new TypeReference<>() {});
    }

    @Override
    public @Nullable TableEntry entry(String table, List<String> key) {
        StringBuilder query = new StringBuilder("/entry?table=" + encoded(table));
        key.forEach(part -> query.append("&key=").append(encoded(part)));
        return read(get(query.toString(), ANSWER), new TypeReference<TableService.Found>() {})
                .entry();
    }

    @Override
    public boolean change(TableEdit edit) {
        HttpRequest request = request("/change", CHANGE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(mapper.writeValueAsBytes(edit)))
                .build();
        return read(request, new TypeReference<TableService.Changed>() {}).applied();
    }

    @Override
    public TableImport.Report importRows(String table, TableImport how, InputStream body) {
        HttpRequest request = request(
                        "/import?table=" + encoded(table) + "&how=" + encoded(mapper.writeValueAsString(how)), FILE)
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> body))
                .build();
        return read(request, new TypeReference<>() {});
    }

    @Override
    public void export(String table, TableImport.Format format, OutputStream out) throws IOException {
        HttpRequest request = get("/export?table=" + encoded(table) + "&format=" + format.name(), FILE);
        try (InputStream body = send(request)) {
            body.transferTo(out);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private HttpRequest get(String rest, Duration limit) {
        return request(rest, limit).build();
    }

    private HttpRequest.Builder request(String rest, Duration limit) {
        return HttpRequest.newBuilder(address.resolve(TableService.PATH.substring(1) + rest))
                .timeout(limit)
                .header("Authorization", authorization);
    }

    private <T> T read(HttpRequest request, TypeReference<T> type) {
        try (InputStream body = send(request)) {
            return mapper.readValue(body, type);
        } catch (IOException | JacksonException wrong) {
            throw unavailable("answers something that cannot be read: " + wrong.getMessage());
        }
    }

    private InputStream send(HttpRequest request) {
        try {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            try (InputStream body = answer.body()) {
                throw refused(answer.statusCode(), body.readNBytes(MAXIMUM_PROBLEM_BYTES));
            }
        } catch (IOException away) {
            throw unavailable("does not answer: " + (away.getMessage() == null ? away.toString() : away.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable("was not asked: interrupted");
        }
    }

    private ApiException refused(int status, byte[] body) {
        if (status == 401) {
            return unavailable("refuses the secret of this installation");
        }
        try {
            return new ApiException(mapper.readValue(body, Problem.class));
        } catch (JacksonException notAProblem) {
            return unavailable("answers " + status);
        }
    }

    private ApiException unavailable(String what) {
        return new ApiException(
                Problem.of(503, ErrorCode.PEER_UNREACHABLE, "correlator " + name + " " + what),
                Map.of("Retry-After", "5"));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
