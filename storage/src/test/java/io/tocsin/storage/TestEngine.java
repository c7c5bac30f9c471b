package io.tocsin.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tocsin.storage.embedded.Engine;
import io.tocsin.storage.embedded.EngineOptions;
import io.tocsin.storage.embedded.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Gives tests the real engine, and checks that they gave everything back.
public final class TestEngine {
    private TestEngine() {}

    /// A test body that may fail in any way.
    public interface Body {
        void run(Engine engine) throws Exception;
    }

    /// A test body that opens what it needs itself.
    public interface FreeBody {
        void run(Path library) throws Exception;
    }

    /// The native library; skips the test when it cannot be fetched.
    public static Path library() {
        try {
            return NativeLibrary.locate();
        } catch (IllegalStateException e) {
            return abort("needs the native engine: " + e.getMessage());
        }
    }

    /// Runs `body` with an engine over `folder`, inside the leak check.
    public static void with(Path folder, Body body) throws Exception {
        leakFree(folder, library -> {
            try (Engine engine =
                    Engine.open(EngineOptions.of(folder, "tocsin", List.of("events", "ledger")), library)) {
                body.run(engine);
            }
        });
    }

    /// Runs `body` and then demands that no native resource is alive and no file below `folder` is open.
    public static void leakFree(Path folder, FreeBody body) throws Exception {
        Path library = library();
        long before = Engine.liveNativeResources();
        body.run(library);
        assertThat(Engine.liveNativeResources() - before)
                .as("native resources not given back")
                .isZero();
        assertThat(openFilesBelow(folder)).as("files left open").isEmpty();
    }

    private static List<String> openFilesBelow(Path folder) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(TestEngine::target)
                    .filter(target -> target.startsWith(folder.toString()))
                    .toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed since it was listed
        }
    }
}
