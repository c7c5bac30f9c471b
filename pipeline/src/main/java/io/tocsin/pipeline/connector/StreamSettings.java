package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.config.ByteSize;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.Key;
import io.tocsin.config.OptionalKey;
import io.tocsin.config.Values;
import io.tocsin.pipeline.connector.proxy.TrustedProxies;
import io.tocsin.pipeline.tls.ServerTls;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What every connector that listens for connections can be told.
///
/// @param listen the TCP port; means nothing to a connector of this machine alone
/// @param maxConnections connections at one time
/// @param maxConnectionsPerPeer of one address; 0: seven eighths of all
/// @param idleTimeout zero: none
/// @param answerTimeout how long a peer may take no answers; zero: for ever, or there are none
/// @param receiveBufferBytes of each socket; 0: the kernel's choice
/// @param closeListenerAfter without progress; zero: never
/// @param freeBind whether the address may be one that is not here yet
/// @param proxies whose PROXY header is demanded and believed; null: none is looked for
/// @param tls null: plain text
record StreamSettings(
        Address listen,
        int maxConnections,
        int maxConnectionsPerPeer,
        Duration idleTimeout,
        Duration answerTimeout,
        int receiveBufferBytes,
        Duration closeListenerAfter,
        boolean freeBind,
        @Nullable TrustedProxies proxies,
        @Nullable ServerTls tls) {

    /// Of a connector whose peers are on this machine, without an address of the network; any of them may have all
    /// connections.
    static StreamSettings local(int maxConnections, Duration idleTimeout) {
        return new StreamSettings(
                new Address("localhost", 0),
                maxConnections,
                maxConnections,
                idleTimeout,
                Duration.ZERO,
                0,
                Duration.ZERO,
                false,
                null,
                null);
    }

    StreamSettings withReceiveBuffer(int bytes) {
        return new StreamSettings(
                listen,
                maxConnections,
                maxConnectionsPerPeer,
                idleTimeout,
                answerTimeout,
                bytes,
                closeListenerAfter,
                freeBind,
                proxies,
                tls);
    }

    /// The keys of these settings, declared among those of a connector.
    ///
    /// Thread-safety: one thread.
    static final class Keys {
        private final Key<Address> listen;
        private final Key<Integer> connections;
        private final Key<Integer> connectionsPerPeer;
        private final Key<Duration> idle;
        private final @Nullable Key<Duration> answer;
        private final Key<ByteSize> receiveBuffer;
        private final Key<Duration> closeListener;
        private final ProxyKeys proxy;
        private final Key<Boolean> freeBind;
        private final @Nullable Key<ServerTls> tls;
        private final @Nullable OptionalKey<ServerTls> optionalTls;

        /// @param exampleAddress where such a connector usually listens
        /// @param tlsUse whether the connector speaks TLS
        /// @param answers whether it answers its peers
        Keys(ConfigSpec.Builder keys, String exampleAddress, TlsUse tlsUse, boolean answers) {
            this(keys, exampleAddress, tlsUse, answers, Duration.ZERO);
        }

        /// @param idleTimeout default of the key
        Keys(ConfigSpec.Builder keys, String exampleAddress, TlsUse tlsUse, boolean answers, Duration idleTimeout) {
            listen = keys.address("listen", "Address and port to listen on.")
                    .example(exampleAddress)
                    .required();
            tls = tlsUse == TlsUse.ALWAYS
                    ? keys.nested("tls", "Certificate, key, and who may connect.", ServerTls.SPEC)
                            .required()
                    : null;
            optionalTls = tlsUse == TlsUse.OPTIONAL
                    ? keys.nested("tls", "Speaks TLS: certificate, key, and who may connect.", ServerTls.SPEC)
                            .optional()
                    : null;
            connections = keys.integer(
                            "maxConnections", "Connections at one time; further ones are closed at once.", 1, 1_000_000)
                    .defaultTo(20_000);
            connectionsPerPeer = keys.integer(
                            "maxConnectionsPerPeer",
                            "Connections of one address at one time; 0: seven eighths of `maxConnections`, so that one"
                                    + " peer never takes all (behind a proxy that names the peers: all).",
                            0,
                            1_000_000)
                    .defaultTo(0);
            idle = keys.duration(
                            "idleTimeout",
                            "Closes a connection that sends nothing for so long; 0 never does.",
                            Duration.ZERO,
                            Duration.ofDays(30))
                    .defaultTo(idleTimeout);
            answer = answers
                    ? keys.duration(
                                    "answerTimeout",
                                    "Closes a connection whose peer takes no answers for so long; 0 never does.",
                                    Duration.ZERO,
                                    Duration.ofDays(1))
                            .defaultTo(Duration.ofMinutes(1))
                    : null;
            receiveBuffer = keys.size(
                            "receiveBuffer",
                            "Size of the kernel's receive buffer of each connection; 0 leaves it to the kernel.",
                            new ByteSize(0),
                            ByteSize.ofMebibytes(64))
                    .defaultTo(new ByteSize(0));
            closeListener = keys.duration(
                            "closeListenerAfter",
                            "Stops listening when the log takes nothing for so long, so that load balancers choose"
                                    + " another collector; it listens again when the log takes events. 0 never stops.",
                            Duration.ZERO,
                            Duration.ofDays(1))
                    .defaultTo(Duration.ofSeconds(30));
            freeBind = keys.flag("freeBind", UdpConfig.FREE_BIND).defaultTo(false);
            proxy = new ProxyKeys(
                    keys,
                    "Every connection begins with a PROXY header, version 1 or 2, that names the true peer; it"
                            + " comes before TLS. A connection without one is closed.",
                    "connect");
        }

        StreamSettings read(Values values) {
            return new StreamSettings(
                    values.get(listen),
                    values.get(connections),
                    values.get(connectionsPerPeer),
                    values.get(idle),
                    answer == null ? Duration.ZERO : values.get(answer),
                    (int) values.get(receiveBuffer).bytes(),
                    values.get(closeListener),
                    values.get(freeBind),
                    proxy.read(values),
                    tls != null ? values.get(tls) : optionalTls != null ? values.get(optionalTls) : null);
        }
    }

    /// Whether a connector speaks TLS.
    enum TlsUse {
        NEVER,
        OPTIONAL,
        ALWAYS
    }
}
