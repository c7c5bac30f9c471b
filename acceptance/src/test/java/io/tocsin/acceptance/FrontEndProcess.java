package io.tocsin.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// A real program before the collectors, run with what `./tocsin frontend` printed, as this user.
final class FrontEndProcess implements AutoCloseable {
    private final Path out;
    private final Process process;

    private FrontEndProcess(Path out, Process process) {
        this.out = out;
        this.process = process;
    }

    /// What `./tocsin frontend` prints.
    static String configuration(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("frontend"));
        command.addAll(arguments);
        CommandResult result = CommandResult.run(Map.of(), command.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.error()).isZero();
        return result.out();
    }

    static FrontEndProcess start(Path work, Map<String, String> environment, List<String> command) {
        try {
            Path out = work.resolve("out");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(work.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
            builder.environment().putAll(environment);
            return new FrontEndProcess(out, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FrontEndProcess awaitListening(int port) {
        Awaitility.await("front end listens")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (!process.isAlive()) {
                        fail("the front end ended with exit code " + process.exitValue() + ": " + output());
                    }
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
                        return true;
                    } catch (IOException notYet) {
                        return false;
                    }
                });
        return this;
    }

    String output() {
        try {
            return Files.readString(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
