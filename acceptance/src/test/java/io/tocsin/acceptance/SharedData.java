package io.tocsin.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// Real logs outside the tree: `TOCSIN_TEST_DATA`, or `../shared/data` beside the repository.
final class SharedData {
    private SharedData() {}

    /// The file or folder; the test is skipped, saying so, when it is not there.
    static Path require(String path) {
        String folder = System.getenv("TOCSIN_TEST_DATA");
        Path root = folder != null
                ? Path.of(folder)
                : TocsinProcess.ROOT.resolve("../shared/data").normalize();
        Path file = root.resolve(path);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: no test data at " + file + "; set TOCSIN_TEST_DATA");
        return file;
    }
}
