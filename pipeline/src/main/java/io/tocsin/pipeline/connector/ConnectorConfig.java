package io.tocsin.pipeline.connector;

/// What a connector was told in its resource: a record per kind, checked when it was read.
public sealed interface ConnectorConfig
        permits BeatsConnector.Config,
                FileConfig,
                HttpConnector.Config,
                KafkaConnector.Config,
                RedisConnector.Config,
                RelpConnector.Config,
                TcpConnector.Config,
                TlsConnector.Config,
                UdpConfig,
                UnixConnector.Config {
    /// The kind of connector, as in `type:`.
    String type();

    /// Makes the connector. Does no input or output yet.
    Connector connector(ConnectorContext context);
}
