package io.tocsin.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script `native/fetch` with an npm that fails in the ways in which npm fails. That the real one works, every
/// other test of the engine shows.
final class FetchScriptTest {
    private static final Path SCRIPT = Path.of("native", "fetch").toAbsolutePath();

    @TempDir
    private Path folder;

    private record Result(int status, String output, String errors) {}

    /// An `npm` that notes that it was called and then runs `body` in the folder of the package files.
    private void npm(String body) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Files.deleteIfExists(bin.resolve("npm"));
        Path npm = Files.createFile(
                bin.resolve("npm"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(npm, "#!/bin/bash\necho call >> '" + folder.resolve("calls") + "'\n" + body + "\n");
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("bash", SCRIPT.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("LD_PRELOAD");
        builder.environment().remove("TOCSIN_NATIVE_LIBRARY");
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Result result(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output.strip(), errors.strip());
    }

    private Result run(String... arguments) throws IOException, InterruptedException {
        return result(start(Map.of(), arguments));
    }

    private static final String WORKING =
            "sleep 0.3; mkdir -p node_modules/@chdb/lib-linux-x64-gnu; echo library > node_modules/@chdb/lib-linux-x64-gnu/libchdb.so";

    @Test
    void downloadsOnceThoughManyAskAtTheSameTime() throws Exception {
        npm(WORKING);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            processes.add(start(Map.of()));
        }
        for (Process process : processes) {
            Result result = result(process);
            assertThat(result.status()).as(result.errors()).isZero();
            assertThat(Path.of(result.output())).hasContent("library");
        }
        assertThat(folder.resolve("calls")).hasContent("call");
        assertThat(run("--present").status()).isZero();
    }

    @Test
    void saysThatThePackageIsNotTheOneOfTheLockFile() throws Exception {
        npm("echo 'npm error code EINTEGRITY' >&2; exit 1");
        Result result = run();
        assertThat(result.status()).isEqualTo(3);
        assertThat(result.errors()).contains("does not match the hash");
        assertNothingLeft();
    }

    @Test
    void saysThatTheNetworkIsInTheWay() throws Exception {
        npm("echo 'npm error code ECONNREFUSED' >&2; exit 1");
        Result result = run();
        assertThat(result.status()).isEqualTo(3);
        assertThat(result.errors()).contains("ECONNREFUSED").contains("check the network");
        assertNothingLeft();
        npm(WORKING);
        assertThat(run().status()).as("the next attempt").isZero();
    }

    @Test
    void fetchesAgainWhatWasCutShort() throws Exception {
        npm(WORKING);
        Path library = Path.of(run().output());
        Files.writeString(library, "lib");
        assertThat(run("--present").status()).isEqualTo(1);
        assertThat(run().status()).isZero();
        assertThat(library).hasContent("library");
    }

    @Test
    void takesTheLibraryThatIsNamed() throws Exception {
        Path own = Files.writeString(folder.resolve("own.so"), "own");
        assertThat(result(start(Map.of("TOCSIN_NATIVE_LIBRARY", own.toString())))
                        .output())
                .isEqualTo(own.toString());
        Result missing = result(start(Map.of("TOCSIN_NATIVE_LIBRARY", own + ".missing")));
        assertThat(missing.status()).isEqualTo(3);
        assertThat(missing.errors()).contains("TOCSIN_NATIVE_LIBRARY");
    }

    private void assertNothingLeft() throws IOException {
        try (var entries = Files.list(folder.resolve("cache/tocsin/native"))) {
            assertThat(entries.map(entry -> entry.getFileName().toString())).containsOnly("lock");
        }
    }
}
