package io.tocsin.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What a run of `./tocsin` gave.
record CommandResult(int exitCode, String out, String error) {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    static CommandResult run(Map<String, String> environment, String... arguments) {
        return run(environment, LIMIT, arguments);
    }

    static CommandResult run(Map<String, String> environment, Duration limit, String... arguments) {
        try {
            Path out = Files.createTempFile("tocsin", ".out");
            Path error = Files.createTempFile("tocsin", ".err");
            List<String> command = new ArrayList<>();
            command.add(TocsinProcess.ROOT.resolve("tocsin").toString());
            command.addAll(List.of(arguments));
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(error.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running after " + limit.toSeconds() + " s: " + command);
            }
            CommandResult result =
                    new CommandResult(process.exitValue(), Files.readString(out), Files.readString(error));
            Files.delete(out);
            Files.delete(error);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
