package io.tocsin.app.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;

/// Handshakes that fail at a TLS listener of the same collector: expired, foreign and missing certificates, plain text,
/// and many that begin and go no further. The right peers are served meanwhile.
record RefusePeers() implements FaultScenario {
    private static final int HALF_HANDSHAKES = 100;
    private static final int WAIT_MILLIS = 3_000;
    private static final Duration LISTENING = Duration.ofSeconds(30);
    private static final String RESOURCE = "tls.yaml";

    @Override
    public String name() {
        return "tls-failures";
    }

    @Override
    public String what() {
        return HALF_HANDSHAKES + " half handshakes, and peers with expired, foreign and no certificates";
    }

    @Override
    public Duration bound() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void run(FaultSite site) throws IOException, InterruptedException {
        PeerCertificates certificates = PeerCertificates.make(site.folder().resolve("tls"));
        Map<String, Path> server = certificates.server();
        int port = FaultSite.freePorts(1).getFirst();
        Files.writeString(site.resources().resolve(RESOURCE), """
                kind: collector
                name: refusing
                spec:
                  connector:
                    type: tls
                    listen: "127.0.0.1:%d"
                    tls:
                      certificate: %s
                      key: %s
                      authorities: %s
                      clientCertificate: required
                  normalizer: syslog
                  destinations: [ storage ]
                """.formatted(
                        port, server.get("certificate"), server.get("key"), server.get("authorities")));
        awaitListening(port);
        List<Socket> halves = new ArrayList<>();
        try {
            for (int i = 0; i < HALF_HANDSHAKES; i++) {
                Socket half = new Socket(InetAddress.getLoopbackAddress(), port);
                halves.add(half);
                // The begin of a hello that never ends.
                half.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1});
            }
            for (List<String> shown : List.of(List.of("expired"), List.of("stranger"), List.<String>of())) {
                if (isServed(certificates, shown, port)) {
                    throw new IOException("a peer was served that shows " + (shown.isEmpty() ? "nothing" : shown));
                }
            }
            if (!isServed(certificates, List.of("client"), port)) {
                throw new IOException("the right peer was not served while others failed");
            }
        } finally {
            for (Socket half : halves) {
                half.close();
            }
        }
        site.faultOver();
    }

    /// Waits until the collector has read a resource with a listener.
    static void awaitListening(int port) throws IOException, InterruptedException {
        long until = System.nanoTime() + LISTENING.toNanos();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), WAIT_MILLIS);
                return;
            } catch (IOException notYet) {
                if (System.nanoTime() > until) {
                    throw new IOException("the collector does not open a TLS listener", notYet);
                }
                Thread.sleep(100);
            }
        }
    }

    /// Whether the collector keeps the connection of such a peer.
    private static boolean isServed(PeerCertificates certificates, List<String> shown, int port) throws IOException {
        try (SSLSocket socket = (SSLSocket)
                certificates.client(shown).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(WAIT_MILLIS);
            socket.startHandshake();
            byte[] line =
                    "<134>1 2026-11-22T10:00:00.000Z refusing peer - - - hello".getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write((line.length + " ").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(line);
            // A listener of syslog says nothing to those whom it serves.
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException silent) {
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    @Override
    public void after(FaultSite site) throws IOException {
        Files.deleteIfExists(site.resources().resolve(RESOURCE));
    }
}
