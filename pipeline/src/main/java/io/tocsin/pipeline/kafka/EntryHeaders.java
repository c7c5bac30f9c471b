package io.tocsin.pipeline.kafka;

import io.tocsin.event.EntryOrigin;
import io.tocsin.event.Event;
import io.tocsin.pipeline.stage.Hops;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/// What is known of an event at its entry, as headers of a record: it passes a topic bit by bit the same, and
/// whoever reads the topic can choose by port or address without looking into the text.
///
/// | header | |
/// |---|---|
/// | `tocsin-id` | 16 bytes |
/// | `tocsin-received` | nanoseconds since 1970, 8 bytes, big endian |
/// | `tocsin-tenant`, `tocsin-service`, `tocsin-connector` | UTF-8 |
/// | `tocsin-remote-host`, `tocsin-local-host` | address as UTF-8 text |
/// | `tocsin-remote-port`, `tocsin-local-port` | 4 bytes, big endian |
/// | `tocsin-path` | UTF-8 |
/// | `tocsin-relay-host`, `tocsin-relay-port` | the proxy in between, as above |
/// | `tocsin-subject` | subject of the peer's certificate, UTF-8 |
/// | `tocsin-instance` | which process of the service it was, UTF-8 |
/// | `tocsin-hop` | a collector that passed it on: name, time in and out (epoch ms), UTF-8; one for each |
///
/// Texts that are empty and ports that are unknown are left out.
///
/// @param idHigh upper half of the identifier
/// @param idLow lower half
/// @param receivedNanos when it was received at its entry, nanoseconds since 1970
/// @param hops the collectors that passed it on since, oldest first, at most [Hops#MAXIMUM]
public record EntryHeaders(long idHigh, long idLow, long receivedNanos, EntryOrigin origin, List<String> hops) {
    static final String ID = "tocsin-id";
    static final String RECEIVED = "tocsin-received";
    static final String TENANT = "tocsin-tenant";
    static final String SERVICE = "tocsin-service";
    static final String CONNECTOR = "tocsin-connector";
    static final String REMOTE_HOST = "tocsin-remote-host";
    static final String REMOTE_PORT = "tocsin-remote-port";
    static final String LOCAL_HOST = "tocsin-local-host";
    static final String LOCAL_PORT = "tocsin-local-port";
    static final String PATH = "tocsin-path";
    static final String RELAY_HOST = "tocsin-relay-host";
    static final String RELAY_PORT = "tocsin-relay-port";
    static final String SUBJECT = "tocsin-subject";
    static final String INSTANCE = "tocsin-instance";
    static final String HOP = "tocsin-hop";

    private static final int LONGEST_TEXT = 4096;

    public EntryHeaders {
        hops = List.copyOf(hops);
    }

    /// Of an event that is on its way out.
    public static EntryHeaders of(Event event) {
        return new EntryHeaders(event.idHigh(), event.idLow(), event.receivedNanos(), event.origin(), Hops.of(event));
    }

    /// Adds the headers to a record.
    public void write(Headers headers) {
        headers.add(ID, ByteBuffer.allocate(16).putLong(idHigh).putLong(idLow).array());
        headers.add(RECEIVED, ByteBuffer.allocate(8).putLong(receivedNanos).array());
        text(headers, TENANT, origin.tenant());
        text(headers, SERVICE, origin.service());
        text(headers, CONNECTOR, origin.connector());
        text(headers, REMOTE_HOST, origin.peerAddress());
        port(headers, REMOTE_PORT, origin.peerPort());
        text(headers, LOCAL_HOST, origin.localAddress());
        port(headers, LOCAL_PORT, origin.localPort());
        text(headers, PATH, origin.path());
        text(headers, RELAY_HOST, origin.relayAddress());
        port(headers, RELAY_PORT, origin.relayPort());
        text(headers, SUBJECT, origin.subject());
        text(headers, INSTANCE, origin.instance());
        for (int i = 0; i < hops.size(); i++) {
            text(headers, HOP, hops.get(i));
        }
    }

    private static void text(Headers headers, String name, String value) {
        if (!value.isEmpty()) {
            headers.add(name, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void port(Headers headers, String name, int port) {
        if (port >= 0) {
            headers.add(name, ByteBuffer.allocate(4).putInt(port).array());
        }
    }

    /// Reads what a record carries.
    ///
    /// @return null when it carries no identifier and no time, because somebody else wrote it, or
    /// when they are damaged
    public static @Nullable EntryHeaders read(Headers headers) {
        byte[] id = bytes(headers, ID);
        byte[] received = bytes(headers, RECEIVED);
        if (id == null || id.length != 16 || received == null || received.length != 8) {
            return null;
        }
        ByteBuffer numbers = ByteBuffer.wrap(id);
        return new EntryHeaders(
                numbers.getLong(),
                numbers.getLong(),
                ByteBuffer.wrap(received).getLong(),
                new EntryOrigin(
                        text(headers, TENANT),
                        text(headers, SERVICE),
                        text(headers, CONNECTOR),
                        text(headers, REMOTE_HOST),
                        port(headers, REMOTE_PORT),
                        text(headers, LOCAL_HOST),
                        port(headers, LOCAL_PORT),
                        text(headers, PATH),
                        text(headers, RELAY_HOST),
                        port(headers, RELAY_PORT),
                        text(headers, SUBJECT),
                        text(headers, INSTANCE)),
                hops(headers));
    }

    private static List<String> hops(Headers headers) {
        List<String> hops = new ArrayList<>();
        for (Header header : headers.headers(HOP)) {
            if (header.value() != null && hops.size() < Hops.MAXIMUM) {
                hops.add(text(header.value()));
            }
        }
        return hops;
    }

    private static byte @Nullable [] bytes(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null ? null : header.value();
    }

    private static String text(Headers headers, String name) {
        byte[] value = bytes(headers, name);
        return value == null ? "" : text(value);
    }

    private static String text(byte[] value) {
        return new String(value, 0, Math.min(value.length, LONGEST_TEXT), StandardCharsets.UTF_8);
    }

    private static int port(Headers headers, String name) {
        byte[] value = bytes(headers, name);
        if (value == null || value.length != 4) {
            return -1;
        }
        int port = ByteBuffer.wrap(value).getInt();
        return port >= 0 && port <= 65535 ? port : -1;
    }
}
