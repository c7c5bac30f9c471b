package io.tocsin.app.fault;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// Questions to the core of a running instance; each throws when there is no answer.
public interface FaultQueries {
    /// Rows of a search over all times.
    JsonNode rows(Path data, String sql);

    /// Answer of a route.
    JsonNode get(Path data, String path);
}
