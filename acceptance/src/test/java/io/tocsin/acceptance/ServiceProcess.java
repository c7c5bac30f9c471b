package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// One service alone, as its own process: `./tocsin collector`, `correlator` or `storage`. May be killed and started
/// again.
final class ServiceProcess implements AutoCloseable {
    /// What a start of two dozen services costs is mostly the optimizing compiler, which a short life does not pay
    /// back. The kill test, which sends a million lines, starts without this, as users do.
    static final Map<String, String> QUICK_START = Map.of("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");

    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final String name;
    private final Path logs;
    private final Map<String, String> environment;
    private final List<String> command = new ArrayList<>();
    private int starts;
    private @Nullable Process process;

    /// @param logs folder for what the process writes
    ServiceProcess(String name, Path logs, Map<String, String> environment, String... arguments) {
        this.name = name;
        this.logs = logs;
        this.environment = environment;
        command.add(TocsinProcess.ROOT.resolve("tocsin").toString());
        command.add(name);
        command.addAll(List.of(arguments));
    }

    /// Starts from now on with this before the command, which has to become the command's process.
    ServiceProcess within(List<String> prefix) {
        command.addAll(0, prefix);
        return this;
    }

    /// Starts and waits for the line that begins with `ready`.
    ServiceProcess start() {
        begin();
        awaitReady();
        return this;
    }

    /// Starts without waiting.
    void begin() {
        try {
            starts++;
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(file("out").toFile())
                    .redirectError(file("err").toFile());
            builder.environment().putAll(QUICK_START);
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitReady() {
        Awaitility.await(name + " is ready")
                .atMost(START_LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (!process().isAlive()) {
                        fail("'" + name + "' ended with exit code " + process().exitValue() + ": " + errors());
                    }
                    return Files.readString(file("out")).lines().anyMatch(line -> line.startsWith("ready"));
                });
    }

    private Path file(String kind) {
        return logs.resolve(name + "." + kind + "." + starts);
    }

    /// What the newest start wrote to standard error.
    String errors() {
        try {
            return Files.readString(file("err"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    /// Process number of the newest start.
    long pid() {
        return process().pid();
    }

    /// SIGKILL.
    void kill() {
        killAndAwait(process());
    }

    /// SIGKILL; returns when the process is gone. Not by `onExit()`: that answers on the common pool, which has
    /// one thread where there are two processors, and a test may be sending on it.
    static void killAndAwait(Process process) {
        process.destroyForcibly();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                fail("process " + process.pid() + " is still there 20 s after SIGKILL");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// SIGTERM; the exit code.
    int stop() {
        try {
            process().destroy();
            if (!process().waitFor(20, TimeUnit.SECONDS)) {
                fail("'" + name + "' does not end after SIGTERM: " + errors());
            }
            return process().exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// An unencrypted request to a service endpoint; the answer as text.
    static HttpResponse<String> request(String method, URI uri, Map<String, String> headers, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(30))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Ends it at once: nothing of it is needed afterwards. An end in order is what [#stop] is for.
    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            killAndAwait(process);
        }
    }
}
