package io.tocsin.app.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The options that say which running instance a command talks to, and the connection to it.
///
/// Thread-safety: one thread.
final class Instance {
    static final JsonMapper JSON = JsonMapper.shared();

    @Option(
            names = "--url",
            description = "Address of the core; by default that of the instance in the data folder.",
            defaultValue = "${env:TOCSIN_URL}")
    private @Nullable String url;

    @Option(
            names = "--data",
            description =
                    "Data folder of the instance: its address, certificate and token are read from there (default:"
                            + " ${DEFAULT-VALUE}).",
            defaultValue = "${env:TOCSIN_DATA:-./data}")
    private Path data = Path.of("data");

    @Option(
            names = "--token",
            description = "Token to sign in with; by default that of the data folder.",
            defaultValue = "${env:TOCSIN_TOKEN}")
    private @Nullable String token;

    private @Nullable HttpClient client;

    /// The instance with this data folder.
    static Instance of(Path data) {
        Instance instance = new Instance();
        instance.data = data;
        return instance;
    }

    /// The instance at an address.
    static Instance at(String url, String token) {
        Instance instance = new Instance();
        instance.url = url;
        instance.token = token;
        return instance;
    }

    JsonNode get(String path) {
        return read(send(request(path).GET().build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    JsonNode post(String path, JsonNode body) {
        return read(postStream(path, body));
    }

    JsonNode patch(String path, JsonNode body) {
        return read(send(
                request(path)
                        .header("Content-Type", "application/json")
                        .method("PATCH", HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream()));
    }

    JsonNode put(String path, JsonNode body) {
        return read(send(
                request(path)
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream()));
    }

    JsonNode delete(String path) {
        return read(send(request(path).DELETE().build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    /// Sends a file as it is read.
    JsonNode upload(String path, String contentType, HttpRequest.BodyPublisher body) {
        return read(send(
                request(path).header("Content-Type", contentType).POST(body).build(),
                HttpResponse.BodyHandlers.ofInputStream()));
    }

    /// The answer as a stream; the caller closes it.
    InputStream getStream(String path) {
        return check(send(request(path).GET().build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    private HttpResponse<InputStream> postStream(String path, JsonNode body) {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address().resolve(path))
                .header("Authorization", "Bearer " + token())
                .header("Accept", "application/json, application/problem+json, text/event-stream");
    }

    private URI address() {
        String address = url != null && !url.isBlank()
                ? url
                : file(
                        "address",
                        "is an instance running with this data folder? start one with 'tocsin up' or give --url");
        return URI.create(address.endsWith("/") ? address : address + "/");
    }

    private String token() {
        return token != null && !token.isBlank() ? token : file("admin.token", "give --token or set TOCSIN_TOKEN");
    }

    private String file(String name, String advice) {
        Path path = data.resolve(name);
        try {
            return Files.readString(path).strip();
        } catch (NoSuchFileException e) {
            throw CommandException.cannotStart("no file " + path + ": " + advice);
        } catch (IOException e) {
            throw CommandException.cannotStart("cannot read " + path + " [" + e.getMessage() + "]: " + advice);
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return client().send(request, handler);
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw CommandException.cannotStart(
                    "no answer from " + request.uri() + " [" + reason + "]: is the instance running?");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandException.cannotStart("interrupted");
        }
    }

    private static JsonNode read(HttpResponse<InputStream> response) {
        try (InputStream body = check(response)) {
            return JSON.readTree(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream check(HttpResponse<InputStream> response) {
        if (response.statusCode() / 100 == 2) {
            return response.body();
        }
        String detail;
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(1 << 16);
            detail = detail(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            detail = "";
        }
        String message = detail.isEmpty() ? "the server answered " + response.statusCode() : detail;
        throw response.statusCode() >= 500 ? CommandException.cannotStart(message) : CommandException.rejected(message);
    }

    private static String detail(String body) {
        try {
            JsonNode problem = JSON.readTree(body);
            StringBuilder text = new StringBuilder(
                    problem.path("detail").asString(problem.path("title").asString("")));
            if (problem.has("line")) {
                text.append(" [line=").append(problem.path("line").asInt());
                text.append(", column=").append(problem.path("column").asInt()).append(']');
            }
            for (JsonNode error : problem.path("errors")) {
                text.append("\n  ").append(error.path("field").asString("")).append(": ");
                text.append(error.path("message").asString(""));
            }
            return text.toString();
        } catch (RuntimeException e) {
            return body.strip();
        }
    }

    private HttpClient client() {
        if (client == null) {
            HttpClient.Builder builder =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
            Path certificate = data.resolve("tls").resolve("certificate.pem");
            if (Files.isReadable(certificate)) {
                builder.sslContext(trusting(certificate));
            }
            client = builder.build();
        }
        return client;
    }

    private static SSLContext trusting(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("tocsin", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw CommandException.cannotStart("cannot use the certificate " + file + " [" + e.getMessage() + "]");
        }
    }
}
