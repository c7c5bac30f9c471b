package io.tocsin.pipeline.connector;

import io.tocsin.config.Address;
import io.tocsin.config.ByteSize;
import io.tocsin.config.ComponentSpec;
import io.tocsin.pipeline.connector.proxy.TrustedProxies;
import org.jspecify.annotations.Nullable;

/// What a [UdpConnector] can be told.
///
/// @param receiveBufferBytes to ask of the kernel for each receiver
/// @param queueBytes of each receiver
/// @param receivers sockets on the port
/// @param freeBind whether the address may be one that is not here yet
/// @param proxies whose PROXY header is demanded and believed; null: none is looked for
record UdpConfig(
        Address listen,
        Split split,
        int maxEventBytes,
        int receiveBufferBytes,
        long queueBytes,
        int receivers,
        boolean freeBind,
        @Nullable TrustedProxies proxies)
        implements ConnectorConfig {
    /// How a datagram becomes events.
    enum Split {
        /// One datagram is one event.
        DATAGRAM,
        /// Each line of a datagram is an event.
        LF
    }

    /// What the key does, for every connector that listens.
    static final String FREE_BIND =
            "Listens also on an address that this machine does not have yet, such as the virtual address that"
                    + " another one holds (Linux).";

    static final ComponentSpec<UdpConfig> SPEC =
            ComponentSpec.of("udp", "Receives events in UDP datagrams, such as syslog.", keys -> {
                var listen = keys.address("listen", "Address and port to listen on.")
                        .example("0.0.0.0:5140")
                        .required();
                var split = keys.choice(
                                "framing", "Whether a datagram is one event, or each of its lines is one.", Split.class)
                        .defaultTo(Split.DATAGRAM);
                var maximum = keys.size(
                                "maxEventSize",
                                "Longest event; a longer one is cut, marked and counted.",
                                new ByteSize(64),
                                ByteSize.ofKibibytes(64))
                        .defaultTo(ByteSize.ofKibibytes(64));
                var receiveBuffer = keys.size(
                                "receiveBuffer",
                                "Size to ask for the kernel's receive buffer; the kernel grants at most"
                                        + " net.core.rmem_max, unless the process may administer the network.",
                                ByteSize.ofKibibytes(4),
                                ByteSize.ofGibibytes(1))
                        .defaultTo(ByteSize.ofMebibytes(16));
                var queue = keys.size(
                                "queue",
                                "Memory for datagrams that wait while the log has no room.",
                                ByteSize.ofKibibytes(512),
                                ByteSize.ofGibibytes(1))
                        .defaultTo(ByteSize.ofMebibytes(16));
                var receivers = keys.integer(
                                "receivers",
                                "Sockets that share the port, each with a thread, a receive buffer and a queue of its"
                                        + " own; the kernel gives each sender to one of them.",
                                1,
                                64)
                        .defaultTo(1);
                var freeBind = keys.flag("freeBind", FREE_BIND).defaultTo(false);
                ProxyKeys proxy = new ProxyKeys(
                        keys,
                        "Every datagram begins with a PROXY header, version 1 or 2, that names the true sender."
                                + " A datagram without one is refused and counted.",
                        "send");
                return values -> new UdpConfig(
                        values.get(listen),
                        values.get(split),
                        (int) values.get(maximum).bytes(),
                        (int) values.get(receiveBuffer).bytes(),
                        values.get(queue).bytes(),
                        values.get(receivers),
                        values.get(freeBind),
                        proxy.read(values));
            });

    @Override
    public String type() {
        return SPEC.id();
    }

    @Override
    public Connector connector(ConnectorContext context) {
        return new UdpConnector(this, context);
    }
}
