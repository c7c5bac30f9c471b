package io.tocsin.app.bench.transport;

import java.util.LinkedHashMap;
import java.util.Map;

/// The ways out that the benchmark knows.
final class DestinationSinks {
    private DestinationSinks() {}

    /// All of them by the name of their row, in the order of the table.
    static Map<String, DestinationSink.Opening> all() {
        Map<String, DestinationSink.Opening> all = new LinkedHashMap<>();
        all.put("tcp, raw", _ -> LinesSink.open("raw"));
        all.put("tcp, json", _ -> LinesSink.open("json"));
        all.put("http, json", _ -> PostSink.lines());
        all.put("file, json", FileSink::new);
        all.put("internal", _ -> PostSink.deliveries());
        return all;
    }
}
