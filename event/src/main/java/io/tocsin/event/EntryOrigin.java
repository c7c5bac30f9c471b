package io.tocsin.event;

/// Where events entered the system: what is known before a byte of them is parsed. Set once and never changed.
///
/// @param tenant tenant that owns the events
/// @param service name of the collector
/// @param connector name or kind of the connector
/// @param peerAddress address of the sender, empty when there is none
/// @param peerPort port of the sender, -1 when there is none
/// @param localAddress address on which the events were received, empty when there is none
/// @param localPort port on which the events were received, -1 when there is none
/// @param path file from which the events were read, empty when there is none
/// @param relayAddress address of the proxy whose PROXY header named the sender, empty when there is none
/// @param relayPort port of that proxy, -1 when there is none
/// @param subject subject of the certificate that the peer of the connection showed, empty when it showed none
/// @param instance which process of this service it was, empty when that is not known; collectors of one name
///     behind a shared address differ in nothing else
public record EntryOrigin(
        String tenant,
        String service,
        String connector,
        String peerAddress,
        int peerPort,
        String localAddress,
        int localPort,
        String path,
        String relayAddress,
        int relayPort,
        String subject,
        String instance) {

    /// An origin of which it is not known which process of its service it was.
    public EntryOrigin(
            String tenant,
            String service,
            String connector,
            String peerAddress,
            int peerPort,
            String localAddress,
            int localPort,
            String path,
            String relayAddress,
            int relayPort,
            String subject) {
        this(
                tenant,
                service,
                connector,
                peerAddress,
                peerPort,
                localAddress,
                localPort,
                path,
                relayAddress,
                relayPort,
                subject,
                "");
    }

    /// An origin whose sender came without a proxy and without a certificate.
    public EntryOrigin(
            String tenant,
            String service,
            String connector,
            String peerAddress,
            int peerPort,
            String localAddress,
            int localPort,
            String path) {
        this(tenant, service, connector, peerAddress, peerPort, localAddress, localPort, path, "", -1, "");
    }

    /// The same with what is known of the connection itself.
    ///
    /// @param address of the proxy, empty without one
    /// @param certified subject of the certificate that the peer showed, empty without one
    public EntryOrigin through(String address, int port, String certified) {
        return new EntryOrigin(
                tenant,
                service,
                connector,
                peerAddress,
                peerPort,
                localAddress,
                localPort,
                path,
                address,
                port,
                certified,
                instance);
    }

    /// The same in a process of the service that is known.
    ///
    /// @param process see [#instance()]
    public EntryOrigin in(String process) {
        return new EntryOrigin(
                tenant,
                service,
                connector,
                peerAddress,
                peerPort,
                localAddress,
                localPort,
                path,
                relayAddress,
                relayPort,
                subject,
                process);
    }

    /// True when a proxy or a certificate is known.
    boolean isLong() {
        return !relayAddress.isEmpty() || relayPort >= 0 || !subject.isEmpty();
    }

    /// An origin without a network peer.
    public static EntryOrigin local(String service, String connector, String path) {
        return new EntryOrigin("", service, connector, "", -1, "", -1, path);
    }

    /// What the ledger counts by: the peer address, or the path, or the connector when there is neither.
    public String source() {
        return !peerAddress.isEmpty() ? peerAddress : !path.isEmpty() ? path : connector;
    }
}
