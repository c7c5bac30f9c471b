package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tocsin.pipeline.port.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One real `./tocsin up`, with its child processes. May be killed and started again on the same data folder and
/// ports.
final class TocsinProcess implements AutoCloseable {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final JsonMapper JSON = JsonMapper.shared();

    private static final Duration START_LIMIT = Duration.ofSeconds(90);

    final Path data;
    final int httpPort = FreePorts.next();
    final int syslogPort = FreePorts.next();

    private final List<String> options = new ArrayList<>();
    private final Map<String, String> variables = new HashMap<>();
    private final List<Path> logs = new ArrayList<>();
    private @Nullable Process process;
    private @Nullable HttpClient client;

    TocsinProcess(Path data, String... options) {
        this.data = data;
        this.options.addAll(List.of(options));
    }

    /// Sets a variable of the environment of later starts.
    TocsinProcess with(String name, String value) {
        variables.put(name, value);
        return this;
    }

    /// Starts and waits for the line that begins with `ready`.
    TocsinProcess start() {
        try {
            Files.createDirectories(data);
            Path out = data.resolveSibling(data.getFileName() + ".out." + logs.size());
            Path error = data.resolveSibling(data.getFileName() + ".err." + logs.size());
            logs.add(error);
            List<String> command =
                    new ArrayList<>(List.of(ROOT.resolve("tocsin").toString(), "up", "--data", data.toString()));
            command.addAll(options);
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(error.toFile());
            builder.environment().putAll(environment());
            Process started = builder.start();
            process = started;
            Awaitility.await("ready line")
                    .atMost(START_LIMIT)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        if (!started.isAlive()) {
                            fail("'up' ended with exit code " + started.exitValue() + ": " + Files.readString(error));
                        }
                        return Files.readString(out).lines().anyMatch(line -> line.startsWith("ready"));
                    });
            return this;
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (ConditionTimeoutException e) {
            // Nobody else ends what has not become ready.
            close();
            throw e;
        }
    }

    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(ServiceProcess.QUICK_START);
        environment.putAll(variables);
        environment.put("TOCSIN_HTTP_LISTEN", "127.0.0.1:" + httpPort);
        environment.put("TOCSIN_SYSLOG_LISTEN", "127.0.0.1:" + syslogPort);
        return environment;
    }

    URI url() {
        return URI.create("https://127.0.0.1:" + httpPort + "/");
    }

    String password() {
        return read("admin.password");
    }

    ProcessHandle handle() {
        return process().toHandle();
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    /// The child that holds the storage engine.
    Optional<ProcessHandle> storage() {
        return process()
                .descendants()
                .filter(child ->
                        List.of(child.info().arguments().orElse(new String[0])).contains("storage"))
                .findFirst();
    }

    /// SIGKILL to the storage process; waits until it is gone.
    void killStorage() {
        ProcessHandle storage = storage().orElseThrow(() -> new AssertionError("no storage process"));
        storage.destroyForcibly();
        // Not onExit(): it answers on the common pool, which two processors give one thread, and a sender may hold it.
        Awaitility.await("storage " + storage.pid() + " is gone")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !storage.isAlive());
    }

    /// SIGKILL to the main process; its children must end by themselves.
    void kill() {
        List<ProcessHandle> children = process().descendants().toList();
        ServiceProcess.killAndAwait(process());
        for (ProcessHandle child : children) {
            Awaitility.await("child " + child.pid() + " ends with its parent")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !child.isAlive());
        }
    }

    /// SIGTERM; the exit code.
    int stop() {
        try {
            process().destroy();
            assertThat(process().waitFor(20, TimeUnit.SECONDS))
                    .as("ends after SIGTERM")
                    .isTrue();
            return process().exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Ends everything at once: nothing of it is needed afterwards. An end in order is what [#stop] is for.
    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            List<ProcessHandle> children = process.descendants().toList();
            ServiceProcess.killAndAwait(process);
            children.forEach(ProcessHandle::destroyForcibly);
            for (ProcessHandle child : children) {
                Awaitility.await("child " + child.pid() + " is gone")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> !child.isAlive());
            }
        }
    }

    /// What all starts wrote to standard error.
    String errors() {
        StringBuilder text = new StringBuilder();
        for (Path log : logs) {
            try {
                text.append(Files.readString(log));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return text.toString();
    }

    JsonNode get(String path) {
        return json(send("GET", path, null), 200);
    }

    /// The balance of the last day.
    JsonNode ledger() {
        long now = System.currentTimeMillis();
        return get("/api/v1/ledger?from=" + (now - 86_400_000) + "&to=" + (now + 60_000));
    }

    HttpResponse<byte[]> send(String method, String path, @Nullable JsonNode body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url().resolve(path))
                .header("Authorization", "Bearer " + read("admin.token"))
                .timeout(Duration.ofSeconds(60));
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        }
        try {
            return client().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<byte[]> query(String sql) {
        ObjectNode body = JSON.createObjectNode();
        body.put("sql", sql);
        body.put("from", 0);
        body.put("to", 4_000_000_000_000L);
        body.put("limit", 100_000);
        return send("POST", "/api/v1/events/search", body);
    }

    /// Rows of a search over all time.
    JsonNode search(String sql) {
        return json(query(sql), 200).path("rows");
    }

    /// The one number that a search gives, or -1 while storage does not answer.
    long count(String sql) {
        HttpResponse<byte[]> answer = query(sql);
        if (answer.statusCode() >= 500 || answer.statusCode() == 429) {
            return -1;
        }
        return json(answer, 200).path("rows").path(0).path(0).asLong();
    }

    static JsonNode json(HttpResponse<byte[]> response, int status) {
        assertThat(response.statusCode())
                .as(new String(response.body(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(status);
        return JSON.readTree(response.body());
    }

    /// Runs a subcommand against this instance.
    CommandResult command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.add("--data");
        command.add(data.toString());
        return CommandResult.run(environment(), command.toArray(String[]::new));
    }

    private String read(String name) {
        try {
            return Files.readString(data.resolve(name)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpClient client() {
        if (client == null) {
            try (InputStream in = Files.newInputStream(data.resolve("tls").resolve("certificate.pem"))) {
                KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                store.setCertificateEntry(
                        "tocsin", CertificateFactory.getInstance("X.509").generateCertificate(in));
                TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trust.init(store);
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, trust.getTrustManagers(), null);
                client = HttpClient.newBuilder()
                        .sslContext(context)
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
        return client;
    }
}
