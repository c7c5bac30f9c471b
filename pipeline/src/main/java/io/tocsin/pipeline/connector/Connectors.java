package io.tocsin.pipeline.connector;

import io.tocsin.config.ComponentSpec;
import java.util.List;

/// The kinds of connectors there are. A new kind is one file and one line here; help, validation, schema
/// and manual follow from it.
public final class Connectors {
    /// All kinds, by id.
    public static final List<ComponentSpec<? extends ConnectorConfig>> ALL = List.of(
            BeatsConnector.SPEC,
            FileConfig.SPEC,
            HttpConnector.SPEC,
            KafkaConnector.SPEC,
            RedisConnector.SPEC,
            RelpConnector.SPEC,
            TcpConnector.SPEC,
            TlsConnector.SPEC,
            UdpConfig.SPEC,
            UnixConnector.SPEC);

    private Connectors() {}
}
