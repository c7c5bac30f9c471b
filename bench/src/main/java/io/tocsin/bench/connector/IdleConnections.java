package io.tocsin.bench.connector;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.pipeline.normalizer.NormalizerLoader;
import io.tocsin.pipeline.topology.CollectorConfig;
import io.tocsin.pipeline.topology.CollectorTopology;
import io.tocsin.pipeline.transport.log.DurableLog;
import io.tocsin.pipeline.transport.log.LogOptions;
import io.tocsin.time.SystemClock;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// What a connection costs that has sent one event and then nothing: heap, memory of the process,
/// processor time. The senders are a process of their own.
///
/// Arguments: connections (20,000), folder with `collector.pem` and `collector.key` for TLS, kinds
/// (all).
public final class IdleConnections {
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration SETTLE = Duration.ofSeconds(4);
    private static final String TEXT = "<13>Oct 11 22:14:15 host program: hello\n";

    private IdleConnections() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("send")) {
            send(arguments[1], Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]), Path.of(arguments[4]));
            return;
        }
        int connections = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
        Path certificates = Path.of(arguments.length > 1 ? arguments[1] : ".");
        List<String> kinds = arguments.length > 2
                ? List.of(arguments).subList(2, arguments.length)
                : List.of("tcp", "http", "beats", "tls");
        for (String kind : kinds) {
            measure(kind, connections, certificates);
        }
    }

    private static String connector(String kind, Path certificates) {
        return switch (kind) {
            case "tls" ->
                "{ type: tls, listen: \"127.0.0.1:0\", framing: lf, tls: { certificate: \""
                        + certificates.resolve("collector.pem") + "\", key: \"" + certificates.resolve("collector.key")
                        + "\" }, maxConnections: 100000 }";
            case "http" -> "{ type: http, listen: \"127.0.0.1:0\", anonymous: true, maxConnections: 100000 }";
            default -> "{ type: " + kind + ", listen: \"127.0.0.1:0\", maxConnections: 100000 }";
        };
    }

    private static void measure(String kind, int connections, Path certificates) throws Exception {
        Problems problems = new Problems();
        ConfigNode document = Objects.requireNonNull(
                YamlReader.read("bench", """
                kind: collector
                name: bench
                spec:
                  connector: %s
                  normalizer: syslog
                """.formatted(connector(kind, certificates)), problems));
        CollectorConfig config = CollectorConfig.read(
                document, new NormalizerLoader(ZoneOffset.UTC), Set.of("storage", "correlator"), problems);
        problems.throwIfAny();
        Path folder = Files.createTempDirectory("tocsin-idle");
        try (DurableLog log = DurableLog.open(folder.resolve("log"), LogOptions.defaults(), SystemClock.process());
                CollectorTopology collector = CollectorTopology.open(
                        Objects.requireNonNull(config), log, folder.resolve("positions"), SystemClock.process())) {
            collector.start();
            String address = collector.addresses().getFirst();
            long heapBefore = heap();
            long residentBefore = resident();
            Process sender = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx700m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            IdleConnections.class.getName(),
                            "send",
                            kind,
                            address.substring(address.lastIndexOf(':') + 1),
                            Integer.toString(connections),
                            certificates.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try {
                int ready = sender.getInputStream().read();
                LockSupport.parkNanos(SETTLE.toNanos());
                long heapAfter = heap();
                long residentAfter = resident();
                Duration cpuBefore = cpu();
                long began = System.nanoTime();
                LockSupport.parkNanos(IDLE.toNanos());
                double cpu = cpu().minus(cpuBefore).toNanos() * 100.0 / (System.nanoTime() - began);
                System.out.println(String.format(
                        Locale.ROOT,
                        "%-5s %,d open of %,d: heap %,d bytes a connection, memory of the process %,d bytes a connection (%,d MiB in"
                                + " all), idle processor time %.2f %%%s",
                        kind,
                        collector.figures().openSources(),
                        connections,
                        (heapAfter - heapBefore) / connections,
                        (residentAfter - residentBefore) / connections,
                        residentAfter >> 20,
                        cpu,
                        ready < 0 ? " (the sender failed)" : ""));
            } finally {
                sender.destroy();
                sender.waitFor();
            }
        }
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long resident() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static void send(String kind, int port, int connections, Path certificates) throws Exception {
        SSLContext tls = kind.equals("tls") ? trusting(certificates.resolve("collector.pem")) : null;
        List<Socket> open = new ArrayList<>();
        byte[] http = ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + TEXT.length() + "\r\n\r\n" + TEXT)
                .getBytes(StandardCharsets.US_ASCII);
        byte[] text = TEXT.getBytes(StandardCharsets.US_ASCII);
        byte[] window = {'2', 'W', 0, 0, 0, 1, '2', 'J', 0, 0, 0, 1, 0, 0, 0, 2, '{', '}'};
        for (int i = 0; i < connections; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            if (tls != null) {
                socket = tls.getSocketFactory().createSocket(socket, "localhost", port, true);
            }
            socket.getOutputStream()
                    .write(
                            switch (kind) {
                                case "http" -> http;
                                case "beats" -> window;
                                default -> text;
                            });
            open.add(socket);
        }
        for (Socket socket : open) {
            if (kind.equals("http") || kind.equals("beats")) {
                InputStream answer = socket.getInputStream();
                answer.read();
            }
        }
        System.out.write('r');
        System.out.flush();
        Thread.sleep(Duration.ofHours(1));
    }

    private static SSLContext trusting(Path certificate) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificate)) {
            store.setCertificateEntry(
                    "collector", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
