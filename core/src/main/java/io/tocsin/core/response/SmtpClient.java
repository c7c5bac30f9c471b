package io.tocsin.core.response;

import io.tocsin.config.Address;
import io.tocsin.config.Secret;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Hands one message to an SMTP server (RFC 5321; STARTTLS of RFC 3207, TLS from the beginning of RFC 8314, AUTH of RFC
/// 4954 with PLAIN and LOGIN).
///
/// Thread-safety: one thread.
final class SmtpClient implements AutoCloseable {
    private static final int LONGEST_LINE = 4_096;
    private static final int MOST_LINES = 200;

    /// When the connection speaks TLS.
    enum Security {
        STARTTLS,
        TLS,
        NONE
    }

    /// Where to and how.
    ///
    /// @param timeout for connecting and for each answer
    /// @param longest for the whole conversation
    record Server(
            Address address,
            Security security,
            @Nullable String user,
            @Nullable Secret password,
            @Nullable Path authorities,
            Duration timeout,
            Duration longest) {}

    /// The server does not want the message.
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int code;

        RefusedException(int code, String message) {
            super(message);
            this.code = code;
        }

        /// True when it may want it later (RFC 5321 §4.2.1).
        boolean isTransient() {
            return code / 100 == 4;
        }
    }

    private record Reply(int code, List<String> lines) {
        String text() {
            return code + " " + String.join(" ", lines);
        }
    }

    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private List<String> abilities = List.of();

    private SmtpClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /// Connects, takes up TLS and signs in, as far as configured.
    static SmtpClient connect(Server server, ConversationLimit limit) throws IOException {
        String host = server.address().host();
        int port = server.address().port();
        Socket socket = PeerTls.connect(host, port, server.timeout());
        try {
            limit.watch(socket);
            if (server.security() == Security.TLS) {
                socket = PeerTls.secure(socket, host, port, server.authorities());
            }
            SmtpClient client = new SmtpClient(socket);
            expect(2, client.read());
            client.greet();
            if (server.security() == Security.STARTTLS) {
                client.startTls(host, port, server.authorities());
            }
            client.signIn(server);
            return client;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private void greet() throws IOException {
        InetAddress own = socket.getLocalAddress();
        String address = own.getHostAddress().replaceAll("%.*", "");
        abilities = expect(2, command("EHLO [" + (address.contains(":") ? "IPv6:" : "") + address + "]"))
                .lines();
    }

    private void startTls(String host, int port, @Nullable Path authorities) throws IOException {
        if (ability("STARTTLS") == null) {
            throw new RefusedException(500, "the server offers no STARTTLS; nothing is sent without TLS");
        }
        expect(2, command("STARTTLS"));
        if (in.available() > 0) {
            // Whatever stands there was put in by somebody before TLS began (CVE-2011-0411 and its kin).
            throw new IOException("server spoke between STARTTLS and TLS");
        }
        socket = PeerTls.secure(socket, host, port, authorities);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        greet();
    }

    private void signIn(Server server) throws IOException {
        String user = server.user();
        Secret password = server.password();
        if (user == null || password == null) {
            return;
        }
        String offered = ability("AUTH");
        List<String> ways = offered == null ? List.of() : List.of(offered.split(" ", -1));
        Base64.Encoder encoder = Base64.getEncoder();
        byte[] secret = password.reveal().getBytes(StandardCharsets.UTF_8);
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        if (ways.contains("PLAIN")) {
            byte[] both = new byte[name.length + secret.length + 2];
            System.arraycopy(name, 0, both, 1, name.length);
            System.arraycopy(secret, 0, both, name.length + 2, secret.length);
            expect(2, command("AUTH PLAIN " + encoder.encodeToString(both)));
        } else if (ways.contains("LOGIN")) {
            expect(3, command("AUTH LOGIN"));
            expect(3, command(encoder.encodeToString(name)));
            expect(2, command(encoder.encodeToString(secret)));
        } else {
            throw new RefusedException(500, "the server offers neither AUTH PLAIN nor LOGIN");
        }
    }

    private @Nullable String ability(String name) {
        for (String line : abilities) {
            String upper = line.toUpperCase(Locale.ROOT);
            if (upper.equals(name)) {
                return "";
            }
            if (upper.startsWith(name + " ")) {
                return upper.substring(name.length() + 1);
            }
        }
        return null;
    }

    /// Sends a message to all of its recipients, or to none when the server refuses one.
    ///
    /// @return what the server says to it
    String send(MailMessage message) throws IOException {
        expect(2, command("MAIL FROM:<" + message.from() + ">"));
        for (String recipient : message.to()) {
            expect(2, command("RCPT TO:<" + recipient + ">"));
        }
        expect(3, command("DATA"));
        out.write(message.bytes());
        out.write(".\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return expect(2, read()).text();
    }

    private Reply command(String line) throws IOException {
        if (line.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IOException("a command of SMTP has printable ASCII only");
        }
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return read();
    }

    private static Reply expect(int kind, Reply reply) throws RefusedException {
        if (reply.code() / 100 != kind) {
            throw new RefusedException(reply.code(), reply.text());
        }
        return reply;
    }

    private Reply read() throws IOException {
        List<String> lines = new ArrayList<>();
        while (lines.size() < MOST_LINES) {
            String line = line();
            boolean wellFormed =
                    line.length() >= 3 && line.substring(0, 3).chars().allMatch(c -> c >= '0' && c <= '9');
            if (!wellFormed) {
                throw new IOException("server does not speak SMTP [line=" + Template.cut(line, 100) + "]");
            }
            lines.add(line.length() > 4 ? line.substring(4) : "");
            if (line.length() == 3 || line.charAt(3) != '-') {
                return new Reply(Integer.parseInt(line.substring(0, 3)), lines);
            }
        }
        throw new IOException("answer of the server has too many lines");
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("server closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
            if (line.length() > LONGEST_LINE) {
                throw new IOException("line of the server is too long");
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        try {
            command("QUIT");
        } catch (IOException e) {
            // What matters was answered before.
        } finally {
            socket.close();
        }
    }
}
