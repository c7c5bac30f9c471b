package io.tocsin.pipeline.connector;

import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.connector.framing.FrameSettings;
import io.tocsin.pipeline.connector.framing.Framing;
import java.time.Duration;

/// Receives events over TCP connections (RFC 6587), one virtual thread each; see [StreamListener].
///
/// TCP tells a sender nothing about what was read, so what lies in the socket buffers when this process dies is lost
/// to it; a drain reads them first.
final class TcpConnector {
    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "tcp", "Receives events over TCP connections, such as syslog, CEF or JSON lines.", keys -> {
                StreamSettings.Keys stream =
                        new StreamSettings.Keys(keys, "0.0.0.0:5140", StreamSettings.TlsUse.NEVER, false);
                FramingKeys framing = new FramingKeys(
                        keys,
                        "How events are told apart: auto looks at each frame for an octet count or a line end;"
                                + " lf, nul and octet-counting demand one form; csv is lf, but line ends inside"
                                + " quotes belong to the record; lf-priority is lf, but only before <; delimited ends events with what delimiters names; file takes a whole connection as one event.",
                        Framing.AUTO);
                var eventTimeout = EventClock.key(keys);
                return values -> new Config(stream.read(values), framing.read(values), values.get(eventTimeout));
            });

    private TcpConnector() {}

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
