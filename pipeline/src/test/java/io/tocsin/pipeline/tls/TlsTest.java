package io.tocsin.pipeline.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tocsin.config.ConfigNode;
import io.tocsin.config.ConfigSpec;
import io.tocsin.config.InvalidConfigException;
import io.tocsin.config.Problems;
import io.tocsin.config.YamlReader;
import io.tocsin.error.TocsinException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
    @TempDir
    static Path folder;

    private static TestCertificates certificates;

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(folder);
        certificates.sign("server", "DNS:localhost,IP:127.0.0.1");
        certificates.sign("client", "DNS:host7.site.example");
        certificates.sign("rsa", "DNS:rsa.example", "2", "rsa:2048");
    }

    static <T> T read(ConfigSpec<T> spec, String yaml) {
        Problems problems = new Problems();
        ConfigNode node = YamlReader.read("test.yaml", yaml, problems);
        problems.throwIfAny();
        return spec.require(Objects.requireNonNull(node));
    }

    private static ServerTls server(String more) {
        return read(
                ServerTls.SPEC,
                "{ certificate: '%s', key: '%s'%s }"
                        .formatted(certificates.certificate("server"), certificates.key("server"), more));
    }

    private static ClientTls client(String more) {
        return read(ClientTls.SPEC, "{ authorities: '%s'%s }".formatted(certificates.authority(), more));
    }

    private static String asClient(String name) {
        return ", certificate: '%s', key: '%s'".formatted(certificates.certificate(name), certificates.key(name));
    }

    private static String authorities() {
        return ", authorities: '" + certificates.authority() + "'";
    }

    private static String fingerprint(Path certificate) {
        String printed =
                TestCertificates.run("x509", "-in", certificate.toString(), "-noout", "-fingerprint", "-sha256");
        return "sha-256:" + printed.strip().substring(printed.indexOf('=') + 1);
    }

    /// Shakes hands, sends a word each way and gives the subject that the server saw.
    static String meet(ServerTlsContext server, ClientTlsContext client, String host) throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> seen = CompletableFuture.supplyAsync(() -> {
                try (Socket accepted = listening.accept()) {
                    accepted.setSoTimeout(10_000);
                    TlsStream stream =
                            new TlsStream(server.engine(), accepted.getInputStream(), accepted.getOutputStream());
                    stream.handshake();
                    byte[] word = new byte[4];
                    assertThat(stream.read(word, 0, 4)).isEqualTo(4);
                    stream.write(word, 0, 4);
                    stream.close();
                    return ServerTlsContext.peer(stream.session());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            try (Socket plain = new Socket(listening.getInetAddress(), listening.getLocalPort())) {
                plain.setSoTimeout(10_000);
                try (SSLSocket socket = client.socket(plain, host, listening.getLocalPort())) {
                    socket.getOutputStream().write("word".getBytes(US_ASCII));
                    assertThat(socket.getInputStream().readNBytes(4)).isEqualTo("word".getBytes(US_ASCII));
                }
            }
            return seen.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void speaksWithAPeerThatVerifiesAuthorityAndName() throws IOException {
        assertThat(meet(server("").open(), client("").open(), "localhost")).isEmpty();
        assertThat(meet(server("").open(), client("").open(), "127.0.0.1")).isEmpty();
        assertThat(meet(server("").open(), client(", serverName: localhost").open(), "nowhere.example"))
                .isEmpty();
    }

    @Test
    void refusesAServerOfAnotherName() {
        assertThatThrownBy(() -> meet(server("").open(), client("").open(), "other.example"))
                .hasStackTraceContaining("another host [wanted=other.example");
        assertThatThrownBy(() -> meet(
                        server("").open(), client(", serverName: other.example").open(), "localhost"))
                .hasStackTraceContaining("another host [wanted=other.example");
    }

    @Test
    void refusesAServerOfAnotherAuthority() {
        ClientTls runtime = read(ClientTls.SPEC, "{ verify: authorities }");
        assertThatThrownBy(() -> meet(server("").open(), runtime.open(), "localhost"))
                .hasStackTraceContaining("unable to find valid certification path");
    }

    @Test
    void verifiesLessOnlyWhenTold() throws IOException {
        assertThat(meet(server("").open(), client(", verify: authorities").open(), "other.example"))
                .isEmpty();
        assertThat(meet(
                        server("").open(),
                        read(ClientTls.SPEC, "{ verify: none }").open(),
                        "other.example"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ", allow: [host7.site.example]",
                ", allow: ['*.site.example']",
                ", allow: ['CN=client,O=Test']",
                ", allow: [nobody.example, HOST7.Site.Example.]"
            })
    void acceptsAClientThatIsListed(String allow) throws IOException {
        ServerTls server = server(", clientCertificate: required" + authorities() + allow);
        assertThat(meet(server.open(), client(asClient("client")).open(), "localhost"))
                .isEqualTo("CN=client,O=Test");
    }

    @ParameterizedTest
    @ValueSource(strings = {", allow: [host8.site.example]", ", allow: ['*.example']", ", allow: ['CN=other,O=Test']"})
    void refusesAClientThatIsNotListed(String allow) {
        ServerTls server = server(", clientCertificate: required" + authorities() + allow);
        assertThatThrownBy(() -> meet(server.open(), client(asClient("client")).open(), "localhost"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void acceptsAFingerprintWithoutAnAuthority() throws IOException {
        String print = fingerprint(certificates.certificate("client"));
        ServerTls server = server(", clientCertificate: required, allow: ['" + print + "']");
        assertThat(meet(server.open(), client(asClient("client")).open(), "localhost"))
                .isEqualTo("CN=client,O=Test");
        assertThatThrownBy(() -> meet(server.open(), client(asClient("rsa")).open(), "localhost"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void refusesAnExpiredClient() {
        certificates.sign("expired", "", "-1", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
        ServerTls server = server(", clientCertificate: optional" + authorities());
        assertThatThrownBy(() -> meet(server.open(), client(asClient("expired")).open(), "localhost"))
                .isInstanceOf(IOException.class);
        String print = fingerprint(certificates.certificate("expired"));
        ServerTls printed = server(", clientCertificate: required, allow: ['" + print + "']");
        assertThatThrownBy(
                        () -> meet(printed.open(), client(asClient("expired")).open(), "localhost"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void demandsAClientOnlyWhenTold() throws IOException {
        assertThat(meet(
                        server(", clientCertificate: optional" + authorities()).open(),
                        client("").open(),
                        "localhost"))
                .isEmpty();
        assertThatThrownBy(() -> meet(
                        server(", clientCertificate: required" + authorities()).open(),
                        client("").open(),
                        "localhost"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void speaksTheOldestVersionItIsTold() throws IOException {
        ClientTlsContext client = client("").open();
        assertThat(server("").open().parameters().getProtocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(server(", minimumVersion: tls-1-3").open().parameters().getProtocols())
                .containsExactly("TLSv1.3");
        assertThat(client.parameters().getCipherSuites()).isNotEmpty().noneMatch(suite -> suite.contains("CBC"));
    }

    @ParameterizedTest
    @CsvSource({"pkcs1, rsa, rsa -traditional", "sec1, server, ec", "pkcs8, rsa, pkey"})
    void readsKeysInEveryForm(String form, String name, String command) {
        Path key = folder.resolve(form + ".key");
        String[] words = command.split(" ", -1);
        String[] arguments = new String[words.length + 4];
        System.arraycopy(words, 0, arguments, 0, words.length);
        arguments[words.length] = "-in";
        arguments[words.length + 1] = certificates.key(name).toString();
        arguments[words.length + 2] = "-out";
        arguments[words.length + 3] = key.toString();
        TestCertificates.run(arguments);
        TlsIdentity identity = TlsIdentity.read(certificates.certificate(name), key);
        assertThat(identity.key().getAlgorithm())
                .isEqualTo(Pem.privateKey(certificates.key(name)).getAlgorithm());
    }

    @Test
    void readsAnEd25519Key() {
        certificates.sign("edwards", "DNS:ed.example", "2", "ed25519");
        assertThat(TlsIdentity.read(certificates.certificate("edwards"), certificates.key("edwards"))
                        .chain())
                .hasSize(1);
    }

    @Test
    void saysWhichFileIsWrongAndWhy() throws IOException {
        Path missing = folder.resolve("missing.pem");
        assertThatThrownBy(() -> TlsIdentity.read(missing, missing))
                .isInstanceOf(TocsinException.class)
                .hasMessage("cannot use a file for TLS [file=" + missing + ", reason=no such file]");
        assertThatThrownBy(() -> TlsIdentity.read(certificates.key("server"), certificates.key("server")))
                .hasMessageContaining("server.key")
                .hasMessageContaining("holds no '-----BEGIN CERTIFICATE-----'");
        assertThatThrownBy(() -> TlsIdentity.read(certificates.certificate("server"), certificates.key("client")))
                .hasMessageContaining("client.key")
                .hasMessageContaining("not the key of the first certificate");
        Path half = folder.resolve("half.pem");
        String whole = Files.readString(certificates.certificate("server"));
        Files.writeString(half, whole.substring(0, whole.length() / 2));
        assertThatThrownBy(() -> Pem.certificates(half)).hasMessageContaining("half written");
        Path encrypted = folder.resolve("encrypted.key");
        TestCertificates.run(
                "pkey",
                "-in",
                certificates.key("server").toString(),
                "-aes128",
                "-passout",
                "pass:x",
                "-out",
                encrypted.toString());
        assertThatThrownBy(() -> Pem.privateKey(encrypted)).hasMessageContaining("is encrypted");
    }

    @Test
    void survivesKeysThatAreDamaged() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole = Files.readAllBytes(certificates.key("server"));
        TestCertificates.run(
                "ec",
                "-in",
                certificates.key("server").toString(),
                "-out",
                folder.resolve("damage.key").toString());
        byte[] older = Files.readAllBytes(folder.resolve("damage.key"));
        Path file = folder.resolve("damaged.key");
        for (int i = 0; i < 500; i++) {
            byte[] bytes = (i % 2 == 0 ? whole : older).clone();
            for (int j = 0; j <= random.nextInt(4); j++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, bytes);
            try {
                Pem.privateKey(file);
            } catch (TocsinException e) {
                assertThat(e).as("seed %d", seed).hasMessageContaining("damaged.key");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "*.example.com, a.example.com, true",
        "*.example.com, A.EXAMPLE.COM., true",
        "*.example.com, example.com, false",
        "*.example.com, a.b.example.com, false",
        "*.example.com, .example.com, false",
        "a.example.com, a.example.com, true",
        "a*.example.com, ab.example.com, false",
    })
    void comparesNamesByWholeLabels(String pattern, String name, boolean same) {
        assertThat(PeerNames.matches(pattern, name)).isEqualTo(same);
    }

    @Test
    void takesTheCommonNameOnlyWithoutOtherNames() {
        certificates.sign("common.example", "");
        X509Certificate alone =
                Pem.certificates(certificates.certificate("common.example")).getFirst();
        assertThat(PeerNames.of(alone).areOf("common.example")).isTrue();
        X509Certificate named =
                Pem.certificates(certificates.certificate("client")).getFirst();
        assertThat(PeerNames.of(named).areOf("client")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ", clientCertificate: required",
                ", allow: [host.example]",
                ", clientCertificate: required, authorities: a.pem, allow: ['*']",
                ", clientCertificate: required, authorities: a.pem, allow: ['a.*.example']",
                ", clientCertificate: required, authorities: a.pem, allow: ['sha-256:00']",
                ", minimumVersion: tls-1-1",
            })
    void refusesSettingsThatCannotWork(String more) {
        assertThatThrownBy(() -> server(more)).isInstanceOf(InvalidConfigException.class);
    }

    @Test
    void refusesACertificateWithoutItsKey() {
        assertThatThrownBy(() -> client(", certificate: a.pem"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("belong together");
    }

    @Test
    void takesAChangedCertificateAndKeepsItWhenTheNextIsBroken() throws IOException {
        Path certificate = folder.resolve("turning.pem");
        Path key = folder.resolve("turning.key");
        Files.copy(certificates.certificate("client"), certificate);
        Files.copy(certificates.key("client"), key);
        ServerTlsContext context = read(ServerTls.SPEC, "{ certificate: '%s', key: '%s' }".formatted(certificate, key))
                .open();
        ClientTlsContext client = client(", serverName: localhost").open();
        assertThatThrownBy(() -> meet(context, client, "localhost")).hasStackTraceContaining("another host");
        Files.copy(certificates.certificate("server"), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificates.key("server"), key, StandardCopyOption.REPLACE_EXISTING);
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(() -> meet(context, client, "localhost").isEmpty());
        Files.writeString(key, "nothing");
        var before = context.context();
        await().during(Duration.ofMillis(1500))
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(context.context()).isSameAs(before));
        assertThat(meet(context, client, "localhost")).isEmpty();
    }

    @Test
    void carriesMuchDataWhateverTheSizesOfReads() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] data = new byte[3_000_000];
        random.nextBytes(data);
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
                try (Socket accepted = listening.accept()) {
                    TlsStream stream = new TlsStream(
                            server("").open().engine(), accepted.getInputStream(), accepted.getOutputStream());
                    stream.handshake();
                    byte[] all = new byte[data.length];
                    int length = 0;
                    int read;
                    Random sizes = new Random(seed);
                    while ((read = stream.read(all, length, Math.min(all.length - length, 1 + sizes.nextInt(60_000))))
                            >= 0) {
                        length += read;
                        if (sizes.nextInt(10) == 0) {
                            stream.shrink();
                        }
                        if (length == all.length) {
                            break;
                        }
                    }
                    stream.write(all, 0, all.length);
                    stream.close();
                    return all;
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            Socket plain = new Socket(listening.getInetAddress(), listening.getLocalPort());
            try (SSLSocket socket = client("").open().socket(plain, "localhost", listening.getLocalPort())) {
                int sent = 0;
                while (sent < data.length) {
                    int length = Math.min(data.length - sent, 1 + random.nextInt(40_000));
                    socket.getOutputStream().write(data, sent, length);
                    sent += length;
                }
                assertThat(socket.getInputStream().readAllBytes())
                        .as("seed %d", seed)
                        .isEqualTo(data);
            }
            assertThat(received.get(10, TimeUnit.SECONDS)).as("seed %d", seed).isEqualTo(data);
        }
    }
}
