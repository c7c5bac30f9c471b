package io.tocsin.pipeline.enrich.indicator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tocsin.file.DurableFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Fetches the indicators of a collection from a TAXII 2.1 server (OASIS TAXII 2.1, section 5.4) into a file of
/// envelopes, one after another. Beside it stands what the server called the time of the last object
/// (`X-TAXII-Date-Added-Last`): the next fetch asks for what was added after it.
///
/// A page is appended before its time is noted, so a crash between both costs a repeated page, which the reader knows
/// by the objects' ids. A page that was written in part is cut off at the next fetch.
///
/// Thread-safety: one thread.
final class TaxiiClient {
    private static final String MEDIA_TYPE = "application/taxii+json;version=2.1";
    private static final int MAXIMUM_PAGE_BYTES = 64 << 20;
    private static final long MAXIMUM_FILE_BYTES = 2L << 30;
    private static final int MAXIMUM_PAGES = 100_000;
    private static final String ADDED_LAST = "X-TAXII-Date-Added-Last";

    private final TaxiiList list;
    private final Path file;
    private final Path state;
    private final HttpClient http;
    private @Nullable String collectionId;

    TaxiiClient(TaxiiList list, Path file) {
        this.list = list;
        this.file = file;
        this.state = file.resolveSibling(file.getFileName() + ".state");
        this.http = HttpClient.newBuilder()
                .connectTimeout(list.timeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /// A page of objects.
    @SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
    private record Page(byte[] body, boolean more, String next, String addedLast) {}

    /// Fetches what is new; returns the number of pages with objects.
    ///
    /// @throws IOException when the server cannot be asked or answers with an error; what came before is kept
    int fetch() throws IOException, InterruptedException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        String id = collectionId();
        State known = readState();
        if (known.length > MAXIMUM_FILE_BYTES) {
            known = new State(0, "");
        }
        cutTo(known.length);
        String addedAfter = known.addedAfter;
        String next = "";
        int pages = 0;
        for (int i = 0; i < MAXIMUM_PAGES; i++) {
            Page page = page(id, addedAfter, next);
            boolean filled = hasObjects(page);
            if (filled) {
                append(page.body);
                pages++;
            }
            boolean onwards = !page.next.isEmpty() && !page.next.equals(next);
            boolean later = !page.addedLast.isEmpty() && !page.addedLast.equals(addedAfter);
            if (!page.more || !(onwards || later)) {
                writeState(new State(length(), page.addedLast.isEmpty() ? addedAfter : page.addedLast));
                return pages;
            }
            if (onwards) {
                // The time counts only once the last page came: pages of one query belong together.
                next = page.next;
            } else {
                addedAfter = page.addedLast;
                next = "";
                writeState(new State(length(), addedAfter));
            }
        }
        throw new IOException("server gives page after page [url=" + list.apiRoot() + ", pages=" + MAXIMUM_PAGES + "]");
    }

    private boolean hasObjects(Page page) throws IOException {
        boolean[] any = new boolean[1];
        new JsonStream(new InputStreamReader(new ByteArrayInputStream(page.body), UTF_8))
                .elements(List.of("objects"), _ -> any[0] = true);
        return any[0];
    }

    /// Id of the collection; a name is looked up among the collections of the server.
    private String collectionId() throws IOException, InterruptedException {
        String known = collectionId;
        if (known != null) {
            return known;
        }
        String wanted = list.collection();
        if (wanted.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
            collectionId = wanted;
            return wanted;
        }
        HttpResponse<InputStream> response = get(list.apiRoot().resolve("collections/"));
        byte[] body = body(response);
        String[] found = new String[1];
        new JsonStream(new InputStreamReader(new ByteArrayInputStream(body), UTF_8))
                .elements(List.of("collections"), element -> {
                    if (element instanceof Map<?, ?> one
                            && (wanted.equals(one.get("title")) || wanted.equals(one.get("alias")))
                            && !Boolean.FALSE.equals(one.get("can_read"))) {
                        found[0] = String.valueOf(one.get("id"));
                    }
                });
        if (found[0] == null) {
            throw new IOException("server has no such collection that may be read [url=" + list.apiRoot()
                    + ", collection=" + wanted + "]");
        }
        collectionId = found[0];
        return found[0];
    }

    private Page page(String id, String addedAfter, String next) throws IOException, InterruptedException {
        StringBuilder query = new StringBuilder("collections/")
                .append(URLEncoder.encode(id, UTF_8))
                .append("/objects/?limit=")
                .append(list.pageSize())
                .append("&match%5Btype%5D=indicator");
        if (!addedAfter.isEmpty()) {
            query.append("&added_after=").append(URLEncoder.encode(addedAfter, UTF_8));
        }
        if (!next.isEmpty()) {
            query.append("&next=").append(URLEncoder.encode(next, UTF_8));
        }
        HttpResponse<InputStream> response = get(list.apiRoot().resolve(query.toString()));
        byte[] body = body(response);
        boolean[] more = new boolean[1];
        String[] following = {""};
        new JsonStream(new InputStreamReader(new ByteArrayInputStream(body), UTF_8)).elements(List.of(), element -> {
            if (element instanceof Map<?, ?> envelope) {
                more[0] = Boolean.TRUE.equals(envelope.get("more"));
                following[0] = envelope.get("next") == null ? "" : String.valueOf(envelope.get("next"));
            }
        });
        return new Page(
                body,
                more[0],
                following[0],
                response.headers().firstValue(ADDED_LAST).orElse(""));
    }

    private HttpResponse<InputStream> get(URI uri) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(list.timeout())
                .header("Accept", MEDIA_TYPE)
                .header("User-Agent", "tocsin");
        if (list.secret() != null) {
            String secret = list.secret().reveal();
            request.header(
                    "Authorization",
                    list.user() == null
                            ? "Bearer " + secret
                            : "Basic "
                                    + Base64.getEncoder().encodeToString((list.user() + ":" + secret).getBytes(UTF_8)));
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            response.body().close();
            throw new IOException("server refuses [url=" + uri + ", status=" + response.statusCode() + ", retryAfter="
                    + response.headers().firstValue("Retry-After").orElse("") + "]");
        }
        String type = response.headers().firstValue("Content-Type").orElse("");
        if (!type.startsWith("application/taxii+json") && !type.startsWith("application/json")) {
            response.body().close();
            throw new IOException("server does not answer as TAXII does [url=" + uri + ", contentType=" + type + "]");
        }
        return response;
    }

    private static byte[] body(HttpResponse<InputStream> response) throws IOException {
        try (InputStream in = response.body()) {
            byte[] body = in.readNBytes(MAXIMUM_PAGE_BYTES + 1);
            if (body.length > MAXIMUM_PAGE_BYTES) {
                throw new IOException(
                        "answer is too large, ask for smaller pages [maximumBytes=" + MAXIMUM_PAGE_BYTES + "]");
            }
            return body;
        }
    }

    /// @param length bytes of the file that are whole pages
    private record State(long length, String addedAfter) {}

    private State readState() throws IOException {
        try {
            String[] lines = Files.readString(state).split("\n", -1);
            long length = Long.parseLong(lines[0]);
            return lines.length > 1 && length <= length() ? new State(length, lines[1]) : new State(0, "");
        } catch (NoSuchFileException | NumberFormatException _) {
            return new State(0, "");
        }
    }

    private void writeState(State now) throws IOException {
        DurableFile.replace(state, StandardCharsets.UTF_8.encode(now.length + "\n" + now.addedAfter + "\n"));
    }

    private long length() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private void cutTo(long bytes) throws IOException {
        if (length() > bytes) {
            try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                channel.truncate(bytes);
            }
        }
    }

    private void append(byte[] body) throws IOException {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            out.write(body);
            out.write('\n');
        }
    }
}
