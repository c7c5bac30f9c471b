package io.tocsin.pipeline.destination;

import io.tocsin.pipeline.filter.FilterPlan;
import io.tocsin.pipeline.transport.log.DurableLog;
import java.nio.file.Path;
import java.util.List;

/// Where a destination runs.
///
/// @param name name of the resource
/// @param log where records come from; stays open until the destination is closed
/// @param consumer name of its durable cursor in the log
/// @param routing which records are meant for it
/// @param filters which events of them it gets, one after another
/// @param deadLetters folder for what the peer refuses for good; made when needed
/// @param secret the installation's secret, for peers that are services of it
public record DestinationContext(
        String name,
        DurableLog log,
        String consumer,
        RecordRouting routing,
        List<FilterPlan> filters,
        Path deadLetters,
        String secret) {
    public DestinationContext {
        filters = List.copyOf(filters);
    }

    /// Leaves the secret out.
    @Override
    public String toString() {
        return "DestinationContext[name=" + name + ", consumer=" + consumer + "]";
    }
}
