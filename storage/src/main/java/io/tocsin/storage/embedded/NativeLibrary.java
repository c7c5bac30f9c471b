package io.tocsin.storage.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Finds the native library, fetching it into the cache of the user at first use. The work is done by the script
/// `storage/native/fetch`, which the launcher calls as well; it travels in the jar together with the lock file
/// whose hash the package is checked against.
public final class NativeLibrary {
    private static final List<String> FILES = List.of("fetch", "package.json", "package-lock.json");

    private NativeLibrary() {}

    /// Path of the library; downloads it when it is not in the cache.
    ///
    /// @throws IllegalStateException when it cannot be fetched; the message says what to do
    public static Path locate() {
        try {
            Path folder = Files.createTempDirectory("tocsin-native");
            try {
                for (String file : FILES) {
                    try (InputStream resource = NativeLibrary.class.getResourceAsStream("native/" + file)) {
                        if (resource == null) {
                            throw new IllegalStateException(
                                    "the jar lacks a file, build it again [name=native/" + file + "]");
                        }
                        Files.copy(resource, folder.resolve(file));
                    }
                }
                return run(folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for the native engine", e);
        }
    }

    private static Path run(Path folder) throws IOException {
        // The script inherits no preloaded libjsig: it is no JVM.
        ProcessBuilder builder =
                new ProcessBuilder("bash", folder.resolve("fetch").toString());
        builder.environment().remove("LD_PRELOAD");
        Path errors = folder.resolve("errors");
        builder.redirectError(errors.toFile());
        Process process = builder.start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(Files.readString(errors).strip());
            }
            return Path.of(output);
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the native engine was fetched", e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
