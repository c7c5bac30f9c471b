package io.tocsin.app.bench.transport;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The ways out that the benchmark knows.
final class DestinationSinks {
    private DestinationSinks() {}

    /// All that can be measured here, by the name of their row, in the order of the table.
    ///
    /// @param kafka folder with a distribution of Kafka, or a broker, host:port; null when there is none
    static Map<String, DestinationSink.Opening> all(@Nullable String kafka) {
        Map<String, DestinationSink.Opening> all = new LinkedHashMap<>();
        all.put("tcp, raw", _ -> LinesSink.open("raw"));
        all.put("tcp, json", _ -> LinesSink.open("json"));
        all.put("http, json", _ -> PostSink.lines());
        all.put("file, raw", FileSink::new);
        all.put("internal", _ -> PostSink.deliveries());
        all.put("internal, zstd", _ -> PostSink.compressedDeliveries());
        if (kafka != null) {
            all.put("kafka, raw", folder -> KafkaSink.open(kafka, folder));
        }
        if (JetstreamSink.isInstalled()) {
            all.put("nats-jetstream, raw", JetstreamSink::open);
        }
        return all;
    }
}
