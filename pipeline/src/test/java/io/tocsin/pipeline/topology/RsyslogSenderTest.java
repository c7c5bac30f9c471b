package io.tocsin.pipeline.topology;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tocsin.pipeline.connector.StageCounter;
import io.tocsin.pipeline.port.FreePorts;
import io.tocsin.pipeline.tls.TestCertificates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A real rsyslog sends to a real collector, over RELP and TLS.
@Tag("slow")
class RsyslogSenderTest {
    private static final Path RSYSLOG = Path.of("/usr/sbin/rsyslogd");
    private static final Path MODULES = Path.of("/usr/lib/x86_64-linux-gnu/rsyslog");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    /// The process that is killed: a collector that tells, when asked, how much it has received.
    static final class Collector {
        public static void main(String[] arguments) throws IOException {
            PrintStream out = new PrintStream(System.out, true, US_ASCII);
            try (Harness harness = new Harness(Path.of(arguments[0]));
                    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII))) {
                CollectorTopology topology = harness.start("""
                    kind: collector
                    name: test
                    spec:
                      connector: { type: relp, listen: "127.0.0.1:%s" }
                      keepRaw: true
                    """.formatted(arguments[1]));
                out.println("ready");
                String line;
                while ((line = in.readLine()) != null && !line.equals("end")) {
                    out.println(received(topology));
                }
                out.println(topology.drain(Duration.ofSeconds(20)));
            }
        }
    }

    private static long received(CollectorTopology topology) {
        Long value = topology.figures().counts().get(StageCounter.RECEIVED_EVENTS);
        return value == null ? -1 : value;
    }

    private record Running(Process process, BufferedReader out) {
        static Running start(Path folder, int port) throws IOException {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Collector.class.getName(),
                            folder.toString(),
                            Integer.toString(port))
                    .redirectError(folder.resolve("collector.err").toFile())
                    .start();
            Running running =
                    new Running(process, new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII)));
            assertThat(running.out.readLine()).isEqualTo("ready");
            return running;
        }

        String ask(String question) throws IOException {
            process.getOutputStream().write((question + "\n").getBytes(US_ASCII));
            process.getOutputStream().flush();
            return Objects.requireNonNull(out.readLine(), "the collector has died by itself");
        }

        long received() throws IOException {
            return Long.parseLong(ask("received"));
        }
    }

    private static void require(String module, String debianPackage) {
        Assumptions.assumeTrue(
                Files.isExecutable(RSYSLOG) && Files.exists(MODULES.resolve(module)),
                "skipped: rsyslog has no " + module + " (Debian package " + debianPackage + ")");
    }

    /// Batches of 1024 and, with RELP, a window of 128: the worst that people write.
    private Process rsyslog(String global, String omrelp, String action) throws IOException {
        Path work = Files.createDirectories(folder.resolve("rsyslog"));
        Path config = work.resolve("rsyslog.conf");
        Files.writeString(config, """
            global(workDirectory="%s"%s)
            module(load="imfile")
            module(load="omrelp"%s)
            template(name="line" type="string" string="<38>%%msg%%")
            input(type="imfile" file="%s" tag="x:" ruleset="out")
            ruleset(name="out" queue.type="LinkedList" queue.filename="out" queue.size="20000"
                    queue.saveOnShutdown="on" queue.dequeueBatchSize="1024" queue.maxDiskSpace="1g") {
              action(template="line" target="127.0.0.1" action.resumeRetryCount="-1" action.resumeInterval="1" %s)
            }
            """.formatted(work, global, omrelp, work.resolve("in.log"), action));
        return new ProcessBuilder(
                        RSYSLOG.toString(),
                        "-n",
                        "-f",
                        config.toString(),
                        "-i",
                        work.resolve("pid").toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("out").toFile())
                .start();
    }

    private void input(int messages) throws IOException {
        input(messages, "Nov 22 10:00:00 host app[7]: message number ");
    }

    private void input(int messages, String text) throws IOException {
        Path work = Files.createDirectories(folder.resolve("rsyslog"));
        Files.writeString(
                work.resolve("in.log"),
                IntStream.range(0, messages).mapToObj(i -> text + i + "\n").collect(Collectors.joining()));
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private static Set<String> numbers(List<String> texts) {
        Set<String> numbers = new HashSet<>();
        for (String text : texts) {
            numbers.add(text.substring(text.lastIndexOf(' ') + 1));
        }
        return numbers;
    }

    private List<String> stored() {
        try (Harness harness = new Harness(folder)) {
            return harness.loggedTexts();
        }
    }

    @Test
    void storesEveryRelpMessageWhenTheCollectorIsKilledInTheMiddle() throws Exception {
        require("omrelp.so", "rsyslog-relp");
        int messages = 100_000;
        input(messages);
        int port = FreePorts.next();
        Running first = Running.start(folder, port);
        Process rsyslog = rsyslog("", "", "type=\"omrelp\" port=\"" + port + "\"");
        try {
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> first.received() > 2_000);
            first.process().toHandle().destroyForcibly();
            assertThat(first.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            int kept = numbers(stored()).size();
            assertThat(kept).isLessThan(messages);
            Running second = Running.start(folder, port);
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(second.received()).isGreaterThanOrEqualTo(messages - kept));
            assertThat(second.ask("end")).isEqualTo("true");
            assertThat(second.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            List<String> texts = stored();
            assertThat(numbers(texts)).hasSize(messages);
            // What was stored and could not be answered any more comes again: at most the sender's window.
            assertThat(texts.size() - messages).isLessThanOrEqualTo(2 * 128);
        } finally {
            stop(rsyslog);
            first.process().destroyForcibly();
        }
    }

    /// omrelp corks its socket while it sends a batch: what fills no segment waits for 200 ms.
    @ParameterizedTest
    @ValueSource(ints = {60, 8})
    void doesNotWaitForASenderThatHoldsBackTheEndOfItsWindow(int filler) throws Exception {
        require("omrelp.so", "rsyslog-relp");
        int messages = 20_000;
        input(messages, "x".repeat(filler) + " ");
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                kind: collector
                name: test
                spec:
                  connector: { type: relp, listen: "127.0.0.1:0" }
                  keepRaw: true
                """);
            Process rsyslog = rsyslog(
                    "",
                    "",
                    "type=\"omrelp\" port=\"" + Harness.address(topology).getPort() + "\"");
            try {
                // 200 ms for each window would be 32 s.
                await().atMost(Duration.ofSeconds(15)).until(() -> received(topology) >= messages);
            } finally {
                stop(rsyslog);
            }
            assertThat(numbers(harness.loggedTexts())).hasSize(messages);
        }
    }

    @ParameterizedTest
    @CsvSource({"gnutls, required", "gnutls, none", "openssl, required", "openssl, none", "openssl, nothing shown"})
    void receivesFromOmrelpOverTls(String library, String clients) throws Exception {
        require("omrelp.so", "rsyslog-relp");
        TestCertificates certificates = new TestCertificates(folder);
        certificates.sign("server", "DNS:localhost,IP:127.0.0.1", "2", "rsa:2048");
        certificates.sign("client", "DNS:host7.site.example", "2", "rsa:2048");
        int messages = 20_000;
        input(messages);
        String asked = """
            clientCertificate: required
                  authorities: "%s"
                  allow: ["*.site.example"]\
            """.formatted(certificates.authority());
        String shown = """
            tls.myCert="%s" tls.myPrivKey="%s" tls.authMode="name" tls.permittedPeer=["localhost"]\
            """.formatted(certificates.certificate("client"), certificates.key("client"));
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                kind: collector
                name: test
                spec:
                  connector:
                    type: relp
                    listen: "127.0.0.1:0"
                    tls:
                      certificate: "%s"
                      key: "%s"
                      %s
                  keepRaw: true
                """.formatted(
                            certificates.certificate("server"),
                            certificates.key("server"),
                            clients.equals("required") ? asked : ""));
            Process rsyslog = rsyslog("", " tls.tlslib=\"" + library + "\"", """
                type="omrelp" port="%d" tls="on" tls.caCert="%s" %s\
                """.formatted(
                            Harness.address(topology).getPort(),
                            certificates.authority(),
                            clients.equals("nothing shown") ? "" : shown));
            try {
                await().atMost(PATIENCE).until(() -> received(topology) >= messages);
            } finally {
                stop(rsyslog);
            }
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(harness.loggedTexts()).hasSize(messages);
            assertThat(numbers(harness.loggedTexts())).hasSize(messages);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gtls", "ossl"})
    void receivesFromRsyslogOverTlsWithCertificatesOfBoth(String driver) throws Exception {
        require("lmnsd_" + driver + ".so", driver.equals("gtls") ? "rsyslog-gnutls" : "rsyslog-openssl");
        TestCertificates certificates = new TestCertificates(folder);
        certificates.sign("server", "DNS:localhost,IP:127.0.0.1", "2", "rsa:2048");
        certificates.sign("client", "DNS:host7.site.example", "2", "rsa:2048");
        int messages = 20_000;
        input(messages);
        try (Harness harness = new Harness(folder)) {
            CollectorTopology topology = harness.start("""
                kind: collector
                name: test
                spec:
                  connector:
                    type: tls
                    listen: "127.0.0.1:0"
                    tls:
                      certificate: "%s"
                      key: "%s"
                      clientCertificate: required
                      authorities: "%s"
                      allow: ["*.site.example"]
                  keepRaw: true
                """.formatted(
                            certificates.certificate("server"), certificates.key("server"), certificates.authority()));
            Process rsyslog = rsyslog(
                    """
                    defaultNetstreamDriverCAFile="%s" defaultNetstreamDriverCertFile="%s" defaultNetstreamDriverKeyFile="%s\"\
                    """.formatted(
                            certificates.authority(), certificates.certificate("client"), certificates.key("client")),
                    "",
                    """
                    type="omfwd" port="%d" protocol="tcp" TCP_Framing="octet-counted" StreamDriver="%s" StreamDriverMode="1"
                    StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost\"\
                    """.formatted(Harness.address(topology).getPort(), driver));
            try {
                await().atMost(PATIENCE).until(() -> received(topology) >= messages);
            } finally {
                stop(rsyslog);
            }
            assertThat(topology.drain(Duration.ofSeconds(10))).isTrue();
            assertThat(harness.loggedTexts()).hasSize(messages);
            assertThat(numbers(harness.loggedTexts())).hasSize(messages);
        }
    }
}
