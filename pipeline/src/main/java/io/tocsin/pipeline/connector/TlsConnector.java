package io.tocsin.pipeline.connector;

import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.connector.framing.FrameSettings;
import io.tocsin.pipeline.connector.framing.Framing;
import java.time.Duration;

/// Receives syslog over TLS (RFC 5425, with the suites of RFC 9662), one virtual thread a connection; see
/// [StreamListener].
///
/// TLS tells a sender as little as TCP about what was read; senders that must lose nothing speak RELP.
final class TlsConnector {
    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "tls",
            "Receives syslog over TLS connections (RFC 5425), with certificates of peers where wanted.",
            keys -> {
                StreamSettings.Keys stream =
                        new StreamSettings.Keys(keys, "0.0.0.0:6514", StreamSettings.TlsUse.ALWAYS, false);
                FramingKeys framing = new FramingKeys(
                        keys,
                        "How events are told apart: octet-counting as RFC 5425 demands; lf for senders that"
                                + " end lines instead; auto looks at each frame; the others as with tcp.",
                        Framing.OCTET_COUNTING);
                var eventTimeout = EventClock.key(keys);
                return values -> new Config(stream.read(values), framing.read(values), values.get(eventTimeout));
            });

    private TlsConnector() {}

    /// @param stream with TLS
    /// @param framing how events are told apart
    /// @param eventTimeout how long a long event may take; zero: for ever
    record Config(StreamSettings stream, FrameSettings framing, Duration eventTimeout) implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new StreamListener(
                    type(), stream, new FrameProtocol(framing, context.binary(), eventTimeout), context);
        }
    }
}
