package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import java.net.InetAddress;
import java.time.Duration;

/// Receives syslog over RELP, versions 0 and 1, with or without TLS: every message is acknowledged after it was synced
/// to disk, so a sender that keeps what was not acknowledged loses nothing; see [RelpProtocol].
final class RelpConnector {
    /// Receive buffer of a port that only this machine reaches. librelp holds back what fills no whole
    /// segment until its batch ends or 200 ms have passed (TCP_CORK). A segment of the loopback interface is
    /// 64 KiB, more than librelp's window of messages: it and this side would wait for each other. The
    /// segments that a sender makes are at most half of this buffer.
    private static final int LOOPBACK_BUFFER_BYTES = 8 << 10;

    static final ComponentSpec<Config> SPEC = ComponentSpec.of(
            "relp", "Receives syslog over RELP and acknowledges each message when it is on disk.", keys -> {
                StreamSettings.Keys stream =
                        new StreamSettings.Keys(keys, "0.0.0.0:2514", StreamSettings.TlsUse.OPTIONAL, true);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked, counted and acknowledged.",
                                new ByteSize(64),
                                ByteSize.ofMebibytes(16))
                        .defaultTo(ByteSize.ofMebibytes(4));
                var window = keys.integer(
                                "window",
                                "Messages of one connection that may wait for their acknowledgement; a sender that"
                                        + " sends more is not read until it has them.",
                                1,
                                1_000_000)
                        .defaultTo(16_384);
                var eventTimeout = EventClock.key(keys);
                return values -> new Config(
                        stream.read(values),
                        (int) values.get(maximum).bytes(),
                        values.get(window),
                        values.get(eventTimeout));
            });

    private RelpConnector() {}

    /// @param maxEventBytes longest event that is kept whole
    /// @param window messages of a connection without acknowledgement
    /// @param eventTimeout how long a long message may take; zero: for ever
    record Config(StreamSettings stream, int maxEventBytes, int window, Duration eventTimeout)
            implements ConnectorConfig {
        @Override
        public String type() {
            return SPEC.id();
        }

        @Override
        public Connector connector(ConnectorContext context) {
            boolean small = stream.receiveBufferBytes() == 0 && isLoopback(stream.listen());
            return new StreamListener(
                    type(),
                    small ? stream.withReceiveBuffer(LOOPBACK_BUFFER_BYTES) : stream,
                    new RelpProtocol(maxEventBytes, window, eventTimeout),
                    context);
        }

        private static boolean isLoopback(Address address) {
            InetAddress known = address.toSocketAddress().getAddress();
            return known != null && known.isLoopbackAddress();
        }
    }
}
