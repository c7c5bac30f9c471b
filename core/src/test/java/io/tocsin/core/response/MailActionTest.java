package io.tocsin.core.response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tocsin.core.http.TlsIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a real SMTP server: aiosmtpd (Debian package `python3-aiosmtpd`), which keeps what it takes in a maildir.
final class MailActionTest {
    private static final String PYTHON = "/usr/bin/python3";
    private static final String SERVER = """
            import asyncio, sys
            from aiosmtpd.handlers import Mailbox
            from aiosmtpd.smtp import SMTP, AuthResult
            import ssl
            folder, certificate, key, mode = sys.argv[1:5]
            class Handler(Mailbox):
                async def handle_RCPT(self, server, session, envelope, address, options):
                    if address.startswith('full@'):
                        return '452 mailbox full'
                    if address.startswith('nobody@'):
                        return '550 no such user'
                    envelope.rcpt_tos.append(address)
                    return '250 OK'
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            def check(server, session, envelope, mechanism, data):
                return AuthResult(handled=False, success=(data.login, data.password) == (b'soc', b'p\\xc3\\xa4ss word'))
            plain = mode != 'starttls'
            def smtp():
                return SMTP(handler, hostname='localhost',
                    require_starttls=not plain, tls_context=None if plain else context, loop=loop,
                    authenticator=check, auth_required=mode == 'starttls', auth_require_tls=not plain)
            async def serve():
                server = await loop.create_server(smtp, '127.0.0.1', 0, ssl=context if mode == 'tls' else None)
                print(server.sockets[0].getsockname()[1], flush=True)
                await server.serve_forever()
            handler = Handler(folder)
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            loop.run_until_complete(serve())
            """;

    @TempDir
    private static Path folder;

    private static Process startTls;
    private static Process tls;
    private static int startTlsPort;
    private static int tlsPort;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(
                Files.exists(Path.of(PYTHON))
                        && new ProcessBuilder(PYTHON, "-c", "import aiosmtpd")
                                        .start()
                                        .waitFor()
                                == 0,
                "no aiosmtpd here: apt-get install python3-aiosmtpd");
        TlsIdentity identity = TlsIdentity.openOrMake(folder.resolve("tls"), InstantSource.system());
        KeyStore store = identity.keyStore();
        Key key =
                store.getKey(store.aliases().nextElement(), identity.password().toCharArray());
        Files.writeString(
                folder.resolve("key.pem"),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        Files.writeString(folder.resolve("server.py"), SERVER);
        Files.writeString(folder.resolve("password"), "päss word\n");
        startTls = serve("starttls");
        tls = serve("tls");
        startTlsPort = port(startTls);
        tlsPort = port(tls);
    }

    private static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Process serve(String mode) throws IOException {
        return new ProcessBuilder(
                        PYTHON,
                        folder.resolve("server.py").toString(),
                        folder.resolve("mail").toString(),
                        folder.resolve("tls/certificate.pem").toString(),
                        folder.resolve("key.pem").toString(),
                        mode)
                .redirectError(folder.resolve(mode + ".err").toFile())
                .start();
    }

    /// The server says where it listens as soon as it does.
    private static int port(Process server) throws IOException {
        return Integer.parseInt(server.inputReader().readLine());
    }

    @AfterAll
    static void stop() throws InterruptedException {
        for (Process server : Arrays.asList(startTls, tls)) {
            if (server != null) {
                server.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        }
    }

    private static String action(int port, String more) {
        return "type: email\nserver: 127.0.0.1:" + port + "\nauthorities: " + folder.resolve("tls/certificate.pem")
                + "\nfrom: tocsin@example.org\n" + more;
    }

    private static String signedIn() {
        return "user: soc\npassword: file:" + folder.resolve("password") + "\n";
    }

    private static RunResult run(String action, FiredEvent event) throws InterruptedException {
        return Trial.rule(action).action().run(event, Trial.site(folder));
    }

    /// The message of a run as the server keeps it.
    private static String kept(FiredEvent event) throws IOException {
        try (var files = Files.list(folder.resolve("mail/new"))) {
            for (Path file : files.toList()) {
                String text = Files.readString(file);
                if (text.contains(event.run())) {
                    return text;
                }
            }
        }
        return "";
    }

    /// Subject and text as a mail reader shows them, decoded by somebody else's code.
    private static List<String> read(String message) throws Exception {
        Path file = Files.writeString(folder.resolve("message"), message);
        Process python = new ProcessBuilder(PYTHON, "-c", """
                        import email, email.policy, sys, json
                        m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
                        print(json.dumps([str(m['subject']), m.get_content(), sorted(set(m.keys()))]))
                        """, file.toString()).start();
        try (InputStream out = python.getInputStream()) {
            var all = Trial.MAPPER.readTree(out.readAllBytes());
            return List.of(
                    all.path(0).asString(), all.path(1).asString(), all.path(2).toString());
        }
    }

    @Test
    void sendsAfterStartTlsAndSigningIn() throws Exception {
        FiredEvent event = Trial.event(
                "CorrelationRuleName", "SSH brute förce", "Message", "8 failed\n.\nsign-ins", "Priority", "x");
        RunResult result = run(action(startTlsPort, signedIn() + "to: [soc@example.org, lead@example.org]"), event);
        assertThat(result.outcome()).isEqualTo("taken by 127.0.0.1:" + startTlsPort + " for 2 recipients");
        assertThat(result.end()).isEqualTo(RunResult.End.DONE);
        String message = kept(event);
        assertThat(message)
                .contains("Message-ID: <" + event.run() + "@tocsin>", "X-RcptTo: soc@example.org, lead@example.org");
        List<String> shown = read(message);
        assertThat(shown.get(0)).isEqualTo("[low] SSH brute förce");
        assertThat(shown.get(1).replace("\r\n", "\n")).startsWith("8 failed\n.\nsign-ins\n\nRule: SSH brute förce\n");
    }

    @Test
    void letsNoValueBeginAHeaderOrEndTheMessage() throws Exception {
        String value = Trial.HOSTILE + "\r\n.\r\nQUIT\r\n" + "ü".repeat(500);
        FiredEvent event = Trial.event("Message", value);
        RunResult result = run(
                action(tlsPort, "security: tls\nto: soc@example.org\nsubject: 'S {Message}'\ntext: 'T {Message}'"),
                event);
        assertThat(result.end()).isEqualTo(RunResult.End.DONE);
        String message = kept(event);
        List<String> shown = read(message);
        assertThat(shown.get(0))
                .startsWith("S $(touch /tmp/owned); `id` | cat & \"quoted\" 'single' \\  Bcc: all@example.org")
                .doesNotContain("\n");
        assertThat(shown.get(1).replace("\r\n", "\n")).isEqualTo("T " + value.replace("\r\n", "\n") + "");
        assertThat(shown.get(2)).doesNotContain("Bcc");
        assertThat(message.lines().filter(line -> line.startsWith("Bcc"))).isEmpty();
        assertThat(message.lines().mapToInt(String::length).max().orElse(0)).isLessThan(999);
    }

    @Test
    void tellsWhatIsRefusedForGoodFromWhatIsNot() throws Exception {
        String tlsFrom = "security: tls\nto: ";
        assertThat(run(action(tlsPort, tlsFrom + "full@example.org"), Trial.event())
                        .end())
                .isEqualTo(RunResult.End.LATER);
        RunResult nobody = run(action(tlsPort, tlsFrom + "[soc@example.org, nobody@example.org]"), Trial.event());
        assertThat(nobody.outcome()).isEqualTo("server refused: 550 no such user");
        assertThat(nobody.end()).isEqualTo(RunResult.End.FAILED);
        Path wrong = Files.writeString(folder.resolve("wrong"), "hunter2");
        RunResult stranger = run(
                action(startTlsPort, "user: soc\npassword: file:" + wrong + "\nto: soc@example.org"), Trial.event());
        assertThat(stranger.outcome()).contains("535").doesNotContain("hunter2");
        assertThat(stranger.end()).isEqualTo(RunResult.End.FAILED);
        assertThat(run(action(free(), tlsFrom + "soc@example.org"), Trial.event())
                        .end())
                .isEqualTo(RunResult.End.LATER);
    }

    @Test
    void sendsNothingWithoutTheTlsThatWasAskedFor() throws Exception {
        // The server of 'tls' offers no STARTTLS once TLS is spoken, and an unknown authority is no authority.
        RunResult unknown = run(
                action(tlsPort, "security: tls\nto: soc@example.org").replaceAll("authorities: .*\n", ""),
                Trial.event());
        assertThat(unknown.end()).isEqualTo(RunResult.End.LATER);
        assertThat(unknown.outcome()).contains("SSLHandshakeException");
        try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> withoutTls(plain));
            RunResult stripped = run(action(plain.getLocalPort(), signedIn() + "to: soc@example.org"), Trial.event());
            assertThat(stripped.end()).isEqualTo(RunResult.End.FAILED);
            assertThat(stripped.outcome()).contains("no STARTTLS");
            RunResult injected = run(action(plain.getLocalPort(), signedIn() + "to: soc@example.org"), Trial.event());
            assertThat(injected.end()).isEqualTo(RunResult.End.LATER);
            assertThat(injected.outcome()).contains("spoke between STARTTLS and TLS");
            RunResult garbage = run(action(plain.getLocalPort(), "to: soc@example.org\ntimeout: 1s"), Trial.event());
            assertThat(garbage.outcome()).contains("does not speak SMTP");
            RunResult silent = run(action(plain.getLocalPort(), "to: soc@example.org\ntimeout: 300ms"), Trial.event());
            assertThat(silent.outcome()).contains("SocketTimeoutException");
        }
    }

    /// Somebody in between: first offers no TLS, then speaks into it, then talks nonsense, then says nothing.
    private static void withoutTls(ServerSocket plain) {
        try {
            try (Socket first = plain.accept()) {
                first.getOutputStream().write("220 x\r\n".getBytes(StandardCharsets.US_ASCII));
                read(first, "EHLO");
                first.getOutputStream().write("250-x\r\n250 AUTH PLAIN\r\n".getBytes(StandardCharsets.US_ASCII));
                first.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            }
            try (Socket second = plain.accept()) {
                second.getOutputStream().write("220 x\r\n".getBytes(StandardCharsets.US_ASCII));
                read(second, "EHLO");
                second.getOutputStream().write("250-x\r\n250 STARTTLS\r\n".getBytes(StandardCharsets.US_ASCII));
                read(second, "STARTTLS");
                second.getOutputStream().write("220 go\r\n250 AUTH PLAIN\r\n".getBytes(StandardCharsets.US_ASCII));
                second.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            }
            try (Socket third = plain.accept()) {
                third.getOutputStream().write("SSH-2.0-OpenSSH\r\n".getBytes(StandardCharsets.US_ASCII));
                third.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            }
            try (Socket fourth = plain.accept()) {
                fourth.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            }
        } catch (IOException e) {
            // The client goes when it has seen enough.
        }
    }

    @Test
    void endsAConversationThatIsKeptAliveByteByByte() throws Exception {
        try (ServerSocket slow = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                // Each byte is in time, the answer never ends.
                try (Socket one = slow.accept()) {
                    while (true) {
                        one.getOutputStream().write("2".getBytes(StandardCharsets.US_ASCII));
                        LockSupport.parkNanos(20_000_000);
                    }
                } catch (IOException e) {
                    // The client went.
                }
            });
            long begin = System.nanoTime();
            RunResult result = run(
                    action(slow.getLocalPort(), "security: none\nto: soc@example.org\ntimeout: 5m\nlongest: 300ms"),
                    Trial.event());
            assertThat(result.outcome()).isEqualTo("not sent: the conversation took longer than 300 ms");
            assertThat(result.end()).isEqualTo(RunResult.End.LATER);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void endsAConversationWithAServerThatTakesNothing() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CountDownLatch over = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                try (Socket one = deaf.accept()) {
                    one.setReceiveBufferSize(1024);
                    one.getOutputStream().write("220 x\r\n".getBytes(StandardCharsets.US_ASCII));
                    read(one, "EHLO");
                    one.getOutputStream()
                            .write("250 x\r\n250 x\r\n250 x\r\n354 go\r\n".getBytes(StandardCharsets.US_ASCII));
                    over.await();
                } catch (IOException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            RunResult result = run(
                    action(
                            deaf.getLocalPort(),
                            "security: none\nto: soc@example.org\ntimeout: 5m\nlongest: 1s\ntext: '"
                                    + "{Message}".repeat(3_000) + "'"),
                    Trial.event("Message", "x".repeat(4_000)));
            over.countDown();
            assertThat(result.outcome()).isEqualTo("not sent: the conversation took longer than 1000 ms");
        }
    }

    private static void read(Socket socket, String command) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = socket.getInputStream().read();
                c >= 0 && c != '\n';
                c = socket.getInputStream().read()) {
            line.append((char) c);
        }
        assertThat(line.toString()).startsWith(command);
    }

    @Test
    void refusesRecipientsAndPasswordsThatWouldBeUnsafe() {
        for (String line : List.of(
                "to: 'a@b.org, c@d.org'",
                "to: \"a@b.org\\r\\nRCPT TO:<x@y.org>\"",
                "to: 'a@b.org>'",
                "to: '{SourceUserName}@b.org'",
                "to: []",
                "to: a@b.org\nuser: x\npassword: plain",
                "to: a@b.org\nuser: x\npassword: env:X\nsecurity: none",
                "to: a@b.org\nuser: x")) {
            assertThat(Trial.refused("kind: response\nname: x\nspec:\n  action:\n"
                            + ("type: email\nserver: h:25\nfrom: a@b.org\n" + line).indent(4)))
                    .as(line)
                    .contains("trial.yaml:");
        }
    }
}
