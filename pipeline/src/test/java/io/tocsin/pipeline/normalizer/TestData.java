package io.tocsin.pipeline.normalizer;

import java.nio.file.Path;

/// Where real sample data lies when a machine has any.
final class TestData {
    private TestData() {}

    static Path folder() {
        String configured = System.getenv("TOCSIN_TEST_DATA");
        return configured == null || configured.isBlank() ? Path.of("../../shared/data") : Path.of(configured);
    }
}
