package io.tocsin.core.service;

import io.tocsin.core.http.Metrics;
import io.tocsin.core.repository.Database;
import io.tocsin.core.storage.StorageClient;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// What a supervisor and a metrics collector ask for. Needs no sign-in and tells nothing worth hiding.
@RestController
final class HealthController {
    record Health(String status) {}

    /// Ready means that people can sign in and work on alerts. Storage is told, but does not decide: it restarts by
    /// itself and alerts stay at hand meanwhile.
    record Readiness(String status, Map<String, String> checks) {}

    private final Database database;
    private final StorageClient storage;
    private final Metrics metrics;

    HealthController(Database database, StorageClient storage, Metrics metrics) {
        this.database = database;
        this.storage = storage;
        this.metrics = metrics;
    }

    @GetMapping("/healthz")
    Health healthz() {
        return new Health("up");
    }

    @GetMapping("/readyz")
    ResponseEntity<Readiness> readyz() {
        boolean databaseUp = databaseAnswers();
        Map<String, String> checks =
                Map.of("database", databaseUp ? "up" : "down", "storage", storage.ready() ? "up" : "down");
        return ResponseEntity.status(databaseUp ? 200 : 503).body(new Readiness(databaseUp ? "up" : "down", checks));
    }

    private boolean databaseAnswers() {
        try {
            return database.reader().sql("SELECT 1").query(Integer.class).single() == 1;
        } catch (RuntimeException _) {
            return false;
        }
    }

    @GetMapping(value = "/metrics", produces = "application/openmetrics-text; version=1.0.0; charset=utf-8")
    String metrics() {
        return metrics.openMetrics();
    }
}
