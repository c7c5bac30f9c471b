package io.tocsin.pipeline.connector;

import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
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
                var framing = keys.choice(
                                "framing",
                                "How events are told apart: octet-counting as RFC 5425 demands; lf for senders that"
                                        + " end lines instead; auto looks at each frame; nul, csv and file as with tcp.",
                                Framing.class)
                        .defaultTo(Framing.OCTET_COUNTING);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var eventTimeout = EventClock.key(keys);
                return values -> new Config(
                        stream.read(values),
                        values.get(framing),
                        (int) values.get(maximum).bytes(),
                        values.get(eventTimeout));
            });

    private TlsConnector() {}

    /// @param stream with TLS
    /// @param maxEventBytes longest event that is kept whole
    /// @param eventTimeout how long a long event may take; zero: for ever
    record Config(StreamSettings stream, Framing framing, int maxEventBytes, Duration eventTimeout)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            return new StreamListener(
                    type(), stream, new FrameProtocol(framing, maxEventBytes, context.binary(), eventTimeout), context);
        }
    }
}
