package io.tocsin.core.response;

import io.tocsin.config.Address;
import io.tocsin.config.ComponentSpec;
import io.tocsin.core.event.EventFields;
import io.tocsin.event.EventCef;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Sends a syslog message (RFC 5424) over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425): text, CEF or JSON.
///
/// Syslog has no answer. Over TCP and TLS a run is done when the other side has taken the bytes and ended the
/// connection, or has not broken it within [#LINGER]; over UDP when the kernel has taken them.
///
/// Immutable.
final class SyslogAction implements ResponseAction {
    static final ComponentSpec<SyslogAction> SPEC =
            ComponentSpec.of("syslog", "Sends a syslog message with the event as text, CEF or JSON.", keys -> {
                var server = keys.address("server", "Who takes it.")
                        .example("10.0.0.5:514")
                        .required();
                var transport = keys.choice("transport", "udp, tcp or tls.", Transport.class)
                        .defaultTo(Transport.UDP);
                var framing = keys.choice(
                                "framing",
                                "octet-counting, or newline, where one message ends over tcp and tls.",
                                Framing.class)
                        .defaultTo(Framing.OCTET_COUNTING);
                var format = keys.choice("format", "text: the template 'message'; cef; json.", Format.class)
                        .defaultTo(Format.CEF);
                var message = keys.key("message", "The message for format text, a template.", Template.TYPE)
                        .defaultTo(Template.parse("{CorrelationRuleName}: {Message}", new ArrayList<>()));
                var facility = keys.integer("facility", "Facility (RFC 5424 §6.2.1).", 0, 23)
                        .defaultTo(13);
                var authorities = keys.text(
                                "authorities",
                                "PEM file of the authorities that sign the certificate of the other side; without it"
                                        + " those that the Java runtime trusts.")
                        .optional();
                var timeout = keys.duration(
                                "timeout",
                                "Longest time for connecting and for sending.",
                                Duration.ofMillis(100),
                                Duration.ofMinutes(5))
                        .defaultTo(Duration.ofSeconds(10));
                return values -> {
                    String file = values.get(authorities);
                    return new SyslogAction(
                            values.get(server),
                            values.get(transport),
                            values.get(framing),
                            values.get(format),
                            values.get(message),
                            values.get(facility),
                            file == null ? null : Path.of(file),
                            values.get(timeout));
                };
            });

    /// How long a connection is watched after the message is out.
    private static final Duration LINGER = Duration.ofMillis(500);

    private static final int LONGEST_DATAGRAM = 60_000;

    private enum Transport {
        UDP,
        TCP,
        TLS
    }

    private enum Framing {
        OCTET_COUNTING,
        NEWLINE
    }

    private enum Format {
        TEXT,
        CEF,
        JSON
    }

    private final Address server;
    private final Transport transport;
    private final Framing framing;
    private final Format format;
    private final Template message;
    private final int facility;
    private final @Nullable Path authorities;
    private final Duration timeout;

    private SyslogAction(
            Address server,
            Transport transport,
            Framing framing,
            Format format,
            Template message,
            int facility,
            @Nullable Path authorities,
            Duration timeout) {
        this.server = server;
        this.transport = transport;
        this.framing = framing;
        this.format = format;
        this.message = message;
        this.facility = facility;
        this.authorities = authorities;
        this.timeout = timeout;
    }

    @Override
    public String kind() {
        return SPEC.id();
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public Map<String, String> rendered(FiredEvent event) {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("server", transport + " " + server);
        shown.put("message", line(event, Instant.EPOCH).replace(Instant.EPOCH.toString(), "(time)"));
        return shown;
    }

    /// The whole message, on one line.
    private String line(FiredEvent event, Instant now) {
        String text = switch (format) {
            case TEXT -> message.text(event);
            case CEF -> EventCef.toText(EventFields.event(event.fields()));
            case JSON -> event.fields().toString();
        };
        return "<" + (facility * 8 + severity(event.priority())) + ">1 " + now.truncatedTo(ChronoUnit.MILLIS) + " "
                + host() + " tocsin - " + messageId(event.response()) + " - "
                + text.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip();
    }

    /// Critical, error, warning or notice (RFC 5424 §6.2.1).
    private static int severity(int priority) {
        return switch (priority) {
            case 1 -> 5;
            case 2 -> 4;
            case 3 -> 3;
            default -> 2;
        };
    }

    private static String messageId(String response) {
        return response.substring(0, Math.min(response.length(), 32));
    }

    private static String host() {
        try {
            String name = InetAddress.getLocalHost().getHostName().replaceAll("[^!-~]", "");
            return name.isEmpty() ? "-" : name.substring(0, Math.min(name.length(), 255));
        } catch (IOException e) {
            return "-";
        }
    }

    @Override
    public RunResult run(FiredEvent event, RunSite site) {
        byte[] line = line(event, site.clock().instant()).getBytes(StandardCharsets.UTF_8);
        try {
            return transport == Transport.UDP ? datagram(line) : connection(line);
        } catch (IOException e) {
            return RunResult.later("not sent: " + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private RunResult datagram(byte[] line) throws IOException {
        InetSocketAddress to = new InetSocketAddress(server.host(), server.port());
        if (to.isUnresolved()) {
            return RunResult.later("not sent: host is not known [host=" + server.host() + "]");
        }
        int length = Math.min(line.length, LONGEST_DATAGRAM);
        while (length < line.length && length > 0 && (line[length] & 0xC0) == 0x80) {
            length--;
        }
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(line, length, to));
        }
        return RunResult.done(
                length == line.length ? "sent" : "sent, cut to " + length + " of " + line.length + " bytes", "");
    }

    private RunResult connection(byte[] line) throws IOException {
        Socket plain = PeerTls.connect(server.host(), server.port(), timeout);
        try (Socket socket =
                transport == Transport.TLS ? PeerTls.secure(plain, server.host(), server.port(), authorities) : plain) {
            ByteArrayOutputStream framed = new ByteArrayOutputStream();
            if (framing == Framing.OCTET_COUNTING) {
                framed.writeBytes((line.length + " ").getBytes(StandardCharsets.US_ASCII));
            }
            framed.writeBytes(line);
            if (framing == Framing.NEWLINE) {
                framed.write('\n');
            }
            OutputStream out = socket.getOutputStream();
            out.write(framed.toByteArray());
            out.flush();
            socket.shutdownOutput();
            socket.setSoTimeout(Math.toIntExact(LINGER.toMillis()));
            try {
                // The end of the stream means taken; a reset is an exception that makes another attempt.
                if (socket.getInputStream().read() >= 0) {
                    return RunResult.done("sent, and answered", "");
                }
            } catch (SocketTimeoutException e) {
                return RunResult.done("sent", "");
            }
            return RunResult.done("sent", "");
        } finally {
            plain.close();
        }
    }
}
